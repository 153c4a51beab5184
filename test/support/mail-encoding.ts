// The encodings of mail that the samples need, written independently of the product that is tested with them.

const ascii = /^[\x20-\x7e]*$/;

/** RFC 2047 words of base64, folded, no character split between two; ASCII stays as it is. */
export function encodedWords(text: string): string {
  if (ascii.test(text)) return text;
  const words: string[] = [];
  let chunk = '';
  for (const character of text) {
    // 45 bytes make 60 characters of base64; with the frame of 12 a word is within the 75 allowed.
    if (Buffer.byteLength(chunk + character) > 45) {
      words.push(chunk);
      chunk = '';
    }
    chunk += character;
  }
  words.push(chunk);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}

/** A mailbox for an address header. */
export function mailbox({ name, address }: { readonly name: string; readonly address: string }): string {
  if (name === '') return address;
  if (!ascii.test(name)) return `${encodedWords(name)} <${address}>`;
  return `${/^[\w !#$%&'*+/=?^`{|}~-]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address}>`;
}

/** RFC 2045 §6.7 with CRLF line ends, lines of at most 76 characters. */
export function quotedPrintable(text: string): string {
  return text.split('\r\n').map(quotedLine).join('\r\n');
}

function quotedLine(line: string): string {
  const lines: string[] = [];
  let current = '';
  for (const [index, byte] of Buffer.from(line).entries()) {
    const last = index === Buffer.byteLength(line) - 1;
    const plain = (byte >= 0x21 && byte <= 0x7e && byte !== 0x3d) || ((byte === 0x20 || byte === 0x09) && !last);
    const piece = plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (current.length + piece.length > 75) {
      lines.push(`${current}=`);
      current = '';
    }
    current += piece;
  }
  return [...lines, current].join('\r\n');
}

/** Breaks base64 into lines of 76 characters. */
export function base64Lines(base64: string): string {
  return base64.replace(/.{76}(?=.)/g, '$&\r\n');
}

/** RFC 5322 date of a time in milliseconds since 1970, in UTC. */
export function mailDate(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000');
}
