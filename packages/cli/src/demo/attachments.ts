// Attachments for the demo's mails, made from numbers so that they are the same every time: a picture, a table, a page, a date.
import { crc32, deflateSync } from 'node:zlib';
import type { DraftAttachment } from '@packetboat/client';

/** A picture of waves with some grain, about as hard to compress as a photograph is. */
export function picture(name: string, seed: number, width = 160, height = 120): DraftAttachment {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  let grain = seed;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      grain = (grain * 48_271) % 2_147_483_647;
      const wave = Math.sin(x / 17 + seed) * 18 + height * 0.55;
      const base = y < wave ? [150, 190, 225] : [20, 70 + ((y - wave) % 30), 110];
      const at = y * (width * 3 + 1) + 1 + x * 3;
      for (const [channel, value] of base.entries()) rows[at + channel] = value + (grain % 23);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const content = Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
  return { name, type: 'image/png', content: new Uint8Array(content) };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A table, RFC 4180. */
export function table(name: string, rows: readonly (readonly (string | number)[])[]): DraftAttachment {
  return textFile(
    name,
    'text/csv',
    rows.map((row) => row.join(',')),
  );
}

/** A page of lines of plain English as PDF 1.4. */
export function page(name: string, lines: readonly string[]): DraftAttachment {
  const text = lines.map((line) => `(${line.replace(/[()\\]/g, '\\$&')}) Tj T*`).join(' ');
  const stream = `BT /F1 12 Tf 72 770 Td 16 TL ${text} ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const places = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const end = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\n`;
  return { name, type: 'application/pdf', content: Buffer.from(`${file}${end}startxref\n${file.length}\n%%EOF\n`, 'latin1') };
}

/** An invitation, RFC 5545. `start` is UTC, as 20250312T090000Z. */
export function invitation(name: string, summary: string, start: string): DraftAttachment {
  const event = [
    'BEGIN:VEVENT',
    `UID:${start}@packetboat.test`,
    `DTSTAMP:${start}`,
    `DTSTART:${start}`,
    'DURATION:PT1H',
    `SUMMARY:${summary}`,
    'END:VEVENT',
  ];
  return textFile(name, 'text/calendar', ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Packetboat//demo', ...event, 'END:VCALENDAR']);
}

function textFile(name: string, type: string, lines: readonly string[]): DraftAttachment {
  return { name, type, content: new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join('')) };
}
