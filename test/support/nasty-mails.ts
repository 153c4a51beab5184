// Mails that break careless code. Each is a fixed sequence of bytes; a gateway must carry all of them unharmed.

export interface NastyMail {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Holds a NUL byte, which RFC 5322 forbids and some mail servers refuse or alter. */
  readonly containsNul: boolean;
  /** Holds a CR without LF, which mail servers may alter in delivery (never in APPEND). */
  readonly containsLoneCr: boolean;
}

const head = (name: string, ...more: readonly string[]): string =>
  [
    'From: Dana Whitfield <dana@northgate.example>',
    'To: alice@example.test',
    `Subject: nasty: ${name}`,
    'Date: Mon, 05 Jan 2026 08:00:00 +0000',
    `Message-ID: <nasty-${name.replace(/[^a-z0-9]+/gi, '-')}@northgate.example>`,
    ...more,
  ].join('\r\n');

function nasty(name: string, text: string): NastyMail {
  return { name, bytes: Buffer.from(text, 'latin1'), containsNul: text.includes('\0'), containsLoneCr: /\r(?!\n)/.test(text) };
}

const mime = (type: string): readonly string[] => ['MIME-Version: 1.0', `Content-Type: ${type}`];
const samePlace = '<nasty-duplicate@northgate.example>';

export const nastyMails: readonly NastyMail[] = [
  nasty('end of CDATA in the body', `${head('cdata')}\r\n\r\nbefore ]]> after ]]]]>><![CDATA[ end\r\n`),
  nasty('lone CR', `${head('lone CR')}\r\n\r\none\rtwo\r\nthree\r\r\n`),
  nasty('8-bit body without a declaration', `${head('latin1')}\r\n\r\nGr\xfc\xdfe aus L\xfcbeck, 5 \xa4 f\xfcr alle\r\n`),
  nasty(
    '8-bit header without a declaration',
    `From: J\xfcrgen Gro\xdf <j@werft.example>\r\nTo: alice@example.test\r\nSubject: \xdcbergabe\r\nMessage-ID: <nasty-8bit@werft.example>\r\n\r\ntext\r\n`,
  ),
  nasty(
    'boundary that never comes',
    `${head('no boundary', ...mime('multipart/mixed; boundary="expected"'))}\r\n\r\n--other\r\nContent-Type: text/plain\r\n\r\ntext\r\n--other--\r\n`,
  ),
  nasty(
    'multipart without its end',
    `${head('no end', ...mime('multipart/mixed; boundary=b'))}\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>second`,
  ),
  nasty(
    'multipart without a boundary parameter',
    `${head('no parameter', ...mime('multipart/alternative'))}\r\n\r\n--x\r\n\r\ntext\r\n--x--\r\n`,
  ),
  nasty('header line of 5,000 characters', `${head('long line', `X-Long: ${'abcdefghi '.repeat(500).trimEnd()}`)}\r\n\r\ntext\r\n`),
  nasty('body line of 100,000 characters', `${head('long body')}\r\n\r\n${'x'.repeat(100_000)}\r\n`),
  nasty('NUL in the body', `${head('nul')}\r\n\r\nbefore\0after\r\n`),
  nasty('empty body', `${head('empty body')}\r\n\r\n`),
  nasty('no body and no empty line', `${head('no body')}\r\n`),
  nasty('no headers at all', '\r\nThis mail begins with an empty line.\r\n'),
  nasty('no Message-ID', 'From: a@northgate.example\r\nTo: alice@example.test\r\nSubject: no number\r\n\r\ntext\r\n'),
  nasty('duplicate Message-ID, first', `From: a@northgate.example\r\nSubject: first\r\nMessage-ID: ${samePlace}\r\n\r\nfirst\r\n`),
  nasty('duplicate Message-ID, second', `From: a@northgate.example\r\nSubject: second\r\nMessage-ID: ${samePlace}\r\n\r\nsecond\r\n`),
  nasty(
    'two Message-ID and two Subject headers',
    `${head('twice', 'Subject: the other', 'Message-ID: <other@northgate.example>')}\r\n\r\ntext\r\n`,
  ),
  nasty(
    'base64 that is none',
    `${head('base64', ...mime('text/plain'), 'Content-Transfer-Encoding: base64')}\r\n\r\nnot base64 at all!\r\n====\r\n`,
  ),
  nasty('charset that nobody knows', `${head('charset', ...mime('text/plain; charset=x-no-such'))}\r\n\r\n\x80\x81\x82\r\n`),
  nasty(
    'encoded words that do not end',
    `From: a@northgate.example\r\nSubject: =?utf-8?B?w7w=?= =?utf-8?Q?=C3?= =?utf-8?B?broken\r\n\r\ntext\r\n`,
  ),
  nasty('header without a colon', `${head('colon', 'this line is no header', 'X-After: yes')}\r\n\r\ntext\r\n`),
  nasty('line of dots and From', `${head('dots')}\r\n\r\n.\r\n..\r\nFrom here on\r\n`),
  nasty('parts nested 60 deep', `${head('deep', 'MIME-Version: 1.0')}\r\n${nested(60)}`),
];

function nested(depth: number): string {
  if (depth === 0) return 'Content-Type: text/plain\r\n\r\ninnermost\r\n';
  const boundary = `level${depth}`;
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n--${boundary}\r\n${nested(depth - 1)}\r\n--${boundary}--\r\n`;
}
