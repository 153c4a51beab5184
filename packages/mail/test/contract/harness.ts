// What an implementation gives to the contract of the mail server port, and the bytes that the contract works with.
import type { ByteSource, MailServer } from '../../src/index.ts';

/** One mailbox. It has an inbox and folders for sent mail, drafts and trash; what else is in it does not matter. */
export interface ContractHarness {
  readonly server: MailServer;
  /** Whether move and append say where a mail went; false for an IMAP server without UIDPLUS. */
  readonly tellsPlacement: boolean;
  /** Puts new mail into the inbox from outside, as a delivery does. */
  readonly deliver: (mail: Uint8Array) => Promise<void>;
  /** An independent connection to the same mailbox, opened; the contract closes it. */
  readonly second: () => Promise<MailServer>;
  /** A mailbox whose log-in is refused, not opened: a wrong password, or a person who is not there. */
  readonly refusedLogin: () => MailServer;
  /** The bytes of a mail as the mail server itself has them, read by other means than the port; default: what was appended. */
  readonly raw?: (folder: string, uid: string) => Promise<Uint8Array>;
  /** Ends everything, `server` included. */
  readonly close: () => Promise<void>;
}

const encoder = new TextEncoder();
let counter = 0;

/** A name that no other test of this run uses. */
export function unique(prefix: string): string {
  counter++;
  return `${prefix}-${process.pid}-${counter}`;
}

export interface PlainMail {
  readonly messageId: string;
  readonly bytes: Uint8Array;
}

/** A small well-formed mail with its own Message-ID. */
export function plainMail(subject: string, body = 'Hello.\r\n', extraHeader = ''): PlainMail {
  const messageId = `<${unique('contract')}@example.test>`;
  const text =
    `From: Ann Example <ann@example.test>\r\nTo: alice@example.test\r\nSubject: ${subject}\r\n` +
    `Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: ${messageId}\r\n${extraHeader}\r\n${body}`;
  return { messageId, bytes: encoder.encode(text) };
}

/** Text in which each character is one byte. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** Mails that careless code damages. */
export const nastyMails: ReadonlyMap<string, Uint8Array> = new Map([
  [
    '8-bit bytes of no charset',
    latin1('Subject: caf\xe9 \xff\xfe\r\nFrom: x@example.test\r\n\r\n\x80\x81\xfe\xff \xc3\x28 \x7f\r\n.\r\n..\r\n'),
  ],
  ['a lone CR', latin1('Subject: lone CR\r\nFrom: x@example.test\r\n\r\none\rtwo\r\nthree\r\r\nend\r\n')],
  ['markup ends', latin1('Subject: ]]> &amp; <![CDATA[\r\nFrom: x@example.test\r\n\r\n]]>]]>\r\n</Data>\r\n')],
  [
    'a header of 5,000 characters',
    latin1(`Subject: ${'long '.repeat(1000)}\r\nFrom: x@example.test\r\nX-Next: still here\r\n\r\nbody\r\n`),
  ],
  [
    'a MIME boundary that never comes',
    latin1(
      'From: x@example.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="never"\r\n\r\n--nev\r\n\r\nlost\r\n--never-\r\n',
    ),
  ],
  ['no line end at the end', latin1('Subject: open end\r\nFrom: x@example.test\r\n\r\nno line end')],
  ['no body', latin1('Subject: only a header\r\nFrom: x@example.test\r\n\r\n')],
  ['a literal look-alike', latin1('Subject: {12}\r\nFrom: "a\\"b" <x@example.test>\r\n\r\n{3}\r\n)\r\nA1 OK FETCH completed\r\n')],
]);

/** A mail of about `size` bytes in which every offset can be told from its neighbours. */
export function largeMail(size: number): PlainMail {
  const lines: string[] = [];
  for (let length = 0, n = 0; length < size; n++) {
    const line = `${String(n).padStart(8, '0')} ${'abcdefghijklmnopqrstuvwxyz'.repeat(2)}\r\n`;
    lines.push(line);
    length += line.length;
  }
  return plainMail('large', lines.join(''));
}

/** Bytes as a source, in pieces of `piece` bytes. */
export function source(bytes: Uint8Array, piece = 10_000): ByteSource {
  return {
    size: bytes.length,
    async *open(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
  };
}

/** All bytes of a stream, and the size of its largest piece. */
export async function drain(stream: AsyncIterable<Uint8Array>): Promise<{ bytes: Uint8Array; largest: number }> {
  const pieces: Uint8Array[] = [];
  let largest = 0;
  for await (const piece of stream) {
    pieces.push(piece.slice());
    largest = Math.max(largest, piece.length);
  }
  return { bytes: new Uint8Array(Buffer.concat(pieces)), largest };
}
