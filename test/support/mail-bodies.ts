// Bodies of the sample mails: plain, alternative, with attachments, with an inline picture, HTML alone.
import { base64Lines, encodedWords, quotedPrintable } from './mail-encoding.ts';
import { attachmentNames, type Language, sentence } from './mail-words.ts';
import { type Random, seededRandom } from './random.ts';

export type BodyKind = 'plain' | 'alternative' | 'mixed' | 'related' | 'html';

export interface BodyOptions {
  readonly language: Language;
  /** Whether it quotes an earlier mail. */
  readonly quoted: boolean;
  readonly boundary: string;
  /** Size to come near to; the text alone sets a lower bound. */
  readonly wantedBytes: number | undefined;
}

export interface BodyPlan {
  readonly kind: BodyKind;
  /** The body's own headers, the empty line and the body. */
  readonly lines: string;
}

/** Above this, what is missing to the wanted size comes as attachments, not as text. */
const longestText = 20_000;
const kinds = ['plain', 'plain', 'alternative', 'alternative', 'alternative', 'alternative', 'mixed', 'mixed', 'related', 'html'] as const;
const largeKinds = ['mixed', 'mixed', 'related'] as const;

export function mailBody(random: Random, options: BodyOptions): BodyPlan {
  const { language, wantedBytes } = options;
  const large = wantedBytes !== undefined && wantedBytes > longestText;
  const kind: BodyKind = random.pick(large ? largeKinds : kinds);
  const text = paragraphs(random, options, kind === 'plain' || kind === 'html' ? wantedBytes : undefined);
  const part = (): string => textPart('plain', text);
  const html = (): string => textPart('html', htmlOf(text, language));
  const missingBytes = Math.max(
    200,
    wantedBytes === undefined ? 1_000 + random.integer(15_000) : wantedBytes - 3 * Buffer.byteLength(text) - 1_000,
  );
  switch (kind) {
    case 'plain':
      return { kind, lines: part() };
    case 'html':
      return { kind, lines: html() };
    case 'alternative':
      return { kind, lines: multipart('alternative', options.boundary, [part(), html()]) };
    case 'mixed': {
      const count = missingBytes > 50_000 && random.chance(0.4) ? 2 : 1;
      const files = Array.from({ length: count }, () => attachment(random, random.pick(attachmentNames), Math.floor(missingBytes / count)));
      const alternative = multipart('alternative', `${options.boundary}-a`, [part(), html()]);
      return { kind, lines: multipart('mixed', options.boundary, [alternative, ...files]) };
    }
    case 'related':
      return { kind, lines: multipart('related', options.boundary, [html(), picture(random, missingBytes)]) };
    default:
      return kind satisfies never;
  }
}

function paragraphs(random: Random, { language, quoted }: BodyOptions, wantedBytes: number | undefined): string {
  const target = wantedBytes === undefined ? 0 : Math.min(wantedBytes / 2, longestText);
  const lines: string[] = [];
  let bytes = 0;
  while (lines.length < 3 + random.integer(6) || bytes < target) {
    const line = Array.from({ length: 1 + random.integer(4) }, () => sentence(random, language)).join(' ');
    lines.push(line, '');
    bytes += Buffer.byteLength(line) + 4;
  }
  if (quoted) lines.push(`> ${sentence(random, language)}`, `> ${sentence(random, language)}`, '');
  return lines.join('\r\n');
}

function htmlOf(text: string, language: Language): string {
  const body = text
    .split('\r\n')
    .filter((line) => line !== '')
    .map(
      (line) =>
        `<p style="margin:0 0 12px 0;font-family:Arial,Helvetica,sans-serif">${line.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</p>`,
    )
    .join('\r\n');
  return `<!DOCTYPE html>\r\n<html lang="${language.code}"><head><meta charset="utf-8"></head><body>\r\n${body}\r\n</body></html>\r\n`;
}

function textPart(subtype: 'plain' | 'html', text: string): string {
  const head = `Content-Type: text/${subtype}; charset=utf-8`;
  // Scripts that quoted-printable would triple in size go as base64, as mail programs choose.
  const wide = Buffer.byteLength(text) > text.length * 1.3;
  if (wide) return `${head}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(Buffer.from(text).toString('base64'))}\r\n`;
  return `${head}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(text)}\r\n`;
}

function attachment(random: Random, name: string, bytes: number): string {
  return [
    `Content-Type: application/octet-stream; name="${encodedWords(name)}"`,
    `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    'Content-Transfer-Encoding: base64',
    '',
    filler(random, bytes),
    '',
  ].join('\r\n');
}

function picture(random: Random, bytes: number): string {
  return [
    'Content-Type: image/png; name="logo.png"',
    `Content-ID: <logo.${random.hex(8)}@example.test>`,
    'Content-Disposition: inline; filename="logo.png"',
    'Content-Transfer-Encoding: base64',
    '',
    filler(random, bytes),
    '',
  ].join('\r\n');
}

function multipart(subtype: string, boundary: string, parts: readonly string[]): string {
  const pieces = parts.map((part) => `--${boundary}\r\n${part}`).join('\r\n');
  return `Content-Type: multipart/${subtype};\r\n boundary="${boundary}"\r\n\r\nThis is a message in several parts.\r\n${pieces}\r\n--${boundary}--\r\n`;
}

// Incompressible, as photographs and archives are; made once, since a mailbox takes hundreds of megabytes of it.
const poolLines = 8_192;
const lineBytes = 78;
let madePool: string | undefined;

function pool(): string {
  madePool ??= base64Lines(
    seededRandom(0x9e3779b9)
      .bytes(poolLines * 57)
      .toString('base64'),
  );
  return madePool;
}

/** About this many bytes of base64 lines, decodable, different from mail to mail. */
function filler(random: Random, bytes: number): string {
  const wantedLines = Math.max(1, Math.round(bytes / lineBytes));
  const blocks: string[] = [];
  for (let lines = 0; lines < wantedLines;) {
    const start = random.integer(poolLines - 1);
    const taken = Math.min(wantedLines - lines, poolLines - start - 1, 512);
    blocks.push(pool().slice(start * lineBytes, (start + taken) * lineBytes - 2));
    lines += taken;
  }
  return blocks.join('\r\n');
}
