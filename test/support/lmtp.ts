// Delivery by LMTP (RFC 2033) over a plain socket: bytes go out as they are, so that broken mails stay broken.
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LmtpDelivery {
  readonly host?: string;
  readonly port: number;
  readonly from: string;
  readonly to: string;
  /** The whole mail. Line ends must be CRLF; a final CRLF is added where it is missing. */
  readonly mail: Uint8Array;
}

/** The server asked to come again (RFC 5321 §4.2.1: codes that begin with 4). */
class ComeAgain extends Error {}

/** Resolves when the server has stored the mail; rejects with the server's answer when it refuses. */
export async function deliverByLmtp(delivery: LmtpDelivery): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await deliverOnce(delivery);
    } catch (error) {
      if (!(error instanceof ComeAgain) || tries >= 5) throw error;
      await sleep(tries * 100);
    }
  }
}

async function deliverOnce(delivery: LmtpDelivery): Promise<void> {
  const socket = connect(delivery.port, delivery.host ?? '127.0.0.1');
  try {
    const replies = replyReader(socket);
    await expectReply(replies, '220');
    await command(socket, replies, 'LHLO client.example.test', '250');
    await command(socket, replies, `MAIL FROM:<${delivery.from}>`, '250');
    await command(socket, replies, `RCPT TO:<${delivery.to}>`, '250');
    await command(socket, replies, 'DATA', '354');
    socket.write(dotStuffed(delivery.mail));
    await expectReply(replies, '250');
    await command(socket, replies, 'QUIT', '221');
  } finally {
    socket.destroy();
  }
}

type Replies = AsyncIterator<string>;

/** Yields the last line of each reply (the others have a hyphen after the code). */
async function* replyReader(socket: Socket): AsyncGenerator<string> {
  for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
    if (line[3] !== '-') yield line;
  }
}

async function command(socket: Socket, replies: Replies, line: string, code: string): Promise<void> {
  socket.write(`${line}\r\n`);
  await expectReply(replies, code);
}

async function expectReply(replies: Replies, code: string): Promise<void> {
  const reply = await replies.next();
  if (reply.done === true) throw new Error('LMTP: the server closed the connection');
  if (reply.value.startsWith('4')) throw new ComeAgain(`LMTP: ${reply.value}`);
  if (!reply.value.startsWith(code)) throw new Error(`LMTP: ${reply.value}`);
}

/** RFC 5321 §4.5.2: a dot that begins a line is doubled; the end is a line with one dot. */
export function dotStuffed(mail: Uint8Array): Buffer {
  const text = Buffer.from(mail).toString('latin1');
  const stuffed = text.replace(/(^|\r\n)\./g, '$1..');
  return Buffer.from(`${stuffed}${stuffed.endsWith('\r\n') || stuffed === '' ? '' : '\r\n'}.\r\n`, 'latin1');
}
