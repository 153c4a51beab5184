// A few lines of IMAP by hand, to see what a server itself has; it shares no code with the implementation under test.
import { once } from 'node:events';
import { connect } from 'node:net';

/** The bytes of BODY.PEEK[] as the server gives them. */
export async function rawMail(options: {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** As on the wire: modified UTF-7 where needed. */
  readonly folder: string;
  readonly uid: number;
}): Promise<Uint8Array> {
  const socket = connect(options.port, '127.0.0.1');
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  const until = async (end: RegExp): Promise<void> => {
    while (!end.test(received.toString('latin1'))) {
      for (const data of await once(socket, 'data')) if (Buffer.isBuffer(data)) received = Buffer.concat([received, data]);
    }
  };
  try {
    socket.write(`a login ${options.user} ${options.password}\r\n`);
    await until(/^a OK/m);
    socket.write(`b examine "${options.folder}"\r\n`);
    await until(/^b (OK|NO|BAD)/m);
    received = Buffer.alloc(0);
    socket.write(`c uid fetch ${options.uid} body.peek[]\r\n`);
    await until(/^c (OK|NO|BAD)[^\n]*\n$/m);
  } finally {
    socket.destroy();
  }
  const text = received.toString('latin1');
  const literal = /BODY\[\] \{(\d+)\}\r\n/.exec(text);
  if (literal === null) throw new Error('the server gave no literal');
  const start = literal.index + literal[0].length;
  return new Uint8Array(received.subarray(start, start + Number(literal[1])));
}
