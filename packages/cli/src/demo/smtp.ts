// A sender of mail as anybody in the world is one: plain SMTP (RFC 5321) over a socket, and nothing of our own code in between.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const patienceMs = 10_000;

/** Hands a mail over and returns when the server has said that it is its own now. Throws with the server's words otherwise. */
export async function sendBySmtp(port: number, envelope: { readonly from: string; readonly to: string }, mail: Uint8Array): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setTimeout(patienceMs, () => socket.destroy(new Error('the SMTP server is silent')));
  try {
    await once(socket, 'connect');
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const expect = async (code: string, sent: string): Promise<void> => {
      for (;;) {
        const { value: line, done } = await lines.next();
        if (done === true) throw new Error(`SMTP: the connection ended after ${sent}`);
        // 250-… goes on, 250 … is the last line.
        if (line[3] === '-') continue;
        if (!line.startsWith(code)) throw new Error(`SMTP: after ${sent} the server said ${line}`);
        return;
      }
    };
    const say = async (line: string, code: string): Promise<void> => {
      socket.write(`${line}\r\n`);
      await expect(code, line);
    };
    await expect('220', 'connecting');
    await say('EHLO harbour.example', '250');
    await say(`MAIL FROM:<${envelope.from}>`, '250');
    await say(`RCPT TO:<${envelope.to}>`, '250');
    await say('DATA', '354');
    socket.write(stuffed(mail));
    await say('.', '250');
    await say('QUIT', '221');
  } finally {
    socket.destroy();
  }
}

/** A dot at the beginning of a line is doubled (RFC 5321 §4.5.2); the mail ends with a line end. */
function stuffed(mail: Uint8Array): Buffer {
  const text = Buffer.from(mail).toString('latin1').replace(/^\./gm, '..');
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1');
}
