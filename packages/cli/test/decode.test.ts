import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentTypes, encodeMessage, generateEmail, type Message } from '@packetboat/syncml';
import { describe, expect, it } from 'vitest';
import { decodeDocument } from '../src/decode/document.ts';
import { documentLines, hexLines } from '../src/decode/lines.ts';

const recordings = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'first-message');

function linesOf(bytes: Uint8Array, { secrets = false, full = false } = {}): string[] {
  return documentLines(decodeDocument(bytes, { secrets }), { full }).map((line) => line.trimEnd());
}

function message(commands: Message['commands']): Message {
  const place = { locUri: 'x' };
  return { header: { version: '1.2', sessionId: '1', msgId: '1', target: place, source: place }, commands, final: true };
}

describe('decode', () => {
  it.each([
    ['basic-wbxml1-v1.2/01-req.wbxml', 'SyncML 1.2 in WBXML'],
    ['basic-wbxml0-v1.1/01-req.xml', 'SyncML 1.1 in XML'],
    ['md5-wbxml1-v1.0/01-req.wbxml', 'SyncML 1.0 in WBXML'],
  ])('shows what a real client sent: %s', (file, head) => {
    const bytes = new Uint8Array(readFileSync(join(recordings, file)));
    const lines = linesOf(bytes);
    expect(lines[0]).toContain(head);
    expect(lines[0]).toContain(`${bytes.length.toLocaleString('en-US')} bytes`);
    expect(lines).toContainEqual(expect.stringMatching(/^ +Man "Patrick Ohly"$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ +DevInf 1\.\d in (WBXML|XML)|^ +DevInf$/));
  });

  it('masks log-ins unless they are asked for', () => {
    const bytes = new Uint8Array(readFileSync(join(recordings, 'basic-wbxml1-v1.2/01-req.wbxml')));
    const secret = linesOf(bytes, { secrets: true });
    const at = secret.findIndex((line) => line.trim() === 'Cred');
    const data = /Data "([^"]+)"/.exec(secret.slice(at).join('\n'))?.[1] ?? '';
    expect(data.length).toBeGreaterThan(8);
    expect(linesOf(bytes).join('\n')).not.toContain(data);
    expect(linesOf(bytes).join('\n')).toContain(`log-in of ${data.length} bytes`);
    expect(JSON.stringify(decodeDocument(bytes, { secrets: false }))).not.toContain(data);
  });

  it('says what codes mean', () => {
    const bytes = encodeMessage(
      message([
        { name: 'Status', cmdId: '1', msgRef: '1', cmdRef: '0', cmd: 'SyncHdr', targetRefs: [], sourceRefs: [], data: '212', items: [] },
        { name: 'Alert', cmdId: '2', data: '201', items: [] },
      ]),
      'wbxml',
    );
    const text = linesOf(bytes).join('\n');
    expect(text).toContain('Data "212"  (Authentication accepted)');
    expect(text).toMatch(/Data "201"  \(slow/i);
  });

  it('opens objects inside a message, and shows mails as safe text, cut unless asked', () => {
    const mail = new TextEncoder().encode(`Subject: \u001b[31mred\r\n\r\n${'long line\r\n'.repeat(400)}`);
    const data = { kind: 'bytes', bytes: generateEmail({ read: true, emailItem: mail, ext: [] }) } as const;
    const add = { name: 'Add', cmdId: '1', meta: { type: contentTypes.email }, items: [{ source: { locUri: '7' }, data }] } as const;
    const bytes = encodeMessage(message([{ name: 'Sync', cmdId: '3', commands: [add] }]), 'wbxml');
    const text = linesOf(bytes).join('\n');
    expect(text).toMatch(/Data\n +XML, [\d,]+ bytes\n +Email\n +read "true"/);
    expect(text).toContain('␛[31mred');
    expect(text).not.toContain('\u001b');
    expect(text).toMatch(/… \([\d,]+ characters\)/);
    expect(linesOf(bytes, { full: true }).join('\n').length).toBeGreaterThan(text.length + 1_000);
  });

  it('shows bytes that are no text as bytes', () => {
    const data = { kind: 'bytes', bytes: Uint8Array.of(0xff, 0, 0x10, 0x80) } as const;
    const add = { name: 'Add', cmdId: '1', items: [{ data }] } as const;
    const bytes = encodeMessage(message([{ name: 'Sync', cmdId: '3', commands: [add] }]), 'wbxml');
    expect(linesOf(bytes).join('\n')).toContain('Data 4 bytes ff 00 10 80');
  });

  it('reads email and folder objects by themselves', () => {
    expect(linesOf(generateEmail({ read: false, ext: [{ xNam: 'x-a', xVal: ['1', '2'] }] }))).toEqual([
      expect.stringMatching(/^XML, \d+ bytes$/),
      '  Email',
      '    read "false"',
      '    Ext',
      '      XNam "x-a"',
      '      XVal "1"',
      '      XVal "2"',
    ]);
  });

  it('refuses what is no document, with the place', () => {
    expect(() => decodeDocument(new TextEncoder().encode('hello'), { secrets: false })).toThrow(/byte/);
    expect(() => decodeDocument(Uint8Array.of(3, 0, 0x6a), { secrets: false })).toThrow(/byte/);
  });

  it('dumps bytes with their offsets', () => {
    expect(hexLines(new TextEncoder().encode('0123456789abcdef\u0000é'))).toEqual([
      '000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
      '000010  00 c3 a9                                         ...',
    ]);
  });
});
