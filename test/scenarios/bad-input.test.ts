// What no device should send, over real HTTP: each is refused in the words of the protocol, the server goes on, and no mail is touched.
import { readFileSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentTypes, type Message } from '@packetboat/syncml';
import { password } from '../support/world.ts';
import { alert, basic, md5, RawDevice, type RawOptions } from './support/raw-device.ts';
import { unharmedWorld } from './support/unharmed.ts';
import { codesFor } from './support/wire.ts';

const wbxmlType = contentTypes.syncmlWbxml;
const xmlType = contentTypes.syncmlXml;

const { world } = unharmedWorld({ config: { trustProxy: ['127.0.0.1'] } });
let devices = 0;
let posts = 0;

function device(options: Partial<RawOptions> = {}): RawDevice {
  devices += 1;
  return new RawDevice(world(), { profile: false, deviceId: `bad-${devices}`, ...options });
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(body: Uint8Array | string, contentType: string): Promise<Answer> {
  // From another address each: who damages log-ins would be told to wait, and no more be answered.
  posts += 1;
  const from = { 'x-forwarded-for': `10.${(posts >> 16) & 255}.${(posts >> 8) & 255}.${posts & 255}`, 'x-forwarded-proto': 'https' };
  const headers = { 'content-type': contentType, ...from };
  const response = await fetch(world().server.url, { method: 'POST', headers, body: Buffer.from(body) });
  return { status: response.status, text: await response.text() };
}

/** Messages as real devices send them: of SyncEvolution, and of our client's two kinds, with their log-in. */
async function recorded(): Promise<readonly Uint8Array[]> {
  const folder = join(import.meta.dirname, '../fixtures/first-message');
  const first = readdirSync(folder).flatMap((name) => {
    const file = join(folder, name, '01-req.wbxml');
    return name.includes('wbxml1') ? [new Uint8Array(readFileSync(file))] : [];
  });
  const messages: Uint8Array[] = [...first];
  for (const profile of [true, false]) {
    devices += 1;
    const own = world().device({ deviceId: `recorded-${devices}`, settings: { profile } });
    await own.sync();
    messages.push(...own.line.messages.map(({ request: bytes }) => bytes));
  }
  return messages;
}

/** A message with a document type declaration and a DevID. */
function hello(doctype: string, inside: string): string {
  return (
    `<?xml version="1.0"?>${doctype}<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>` +
    `<Target><LocURI>x</LocURI></Target><Source><LocURI>${inside}</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>`
  );
}

/** The answer, without what is different in every challenge. */
function shape(message: Message): unknown {
  return JSON.parse(JSON.stringify(message, (key: string, value: unknown) => (key === 'nextNonce' ? 'nonce' : value)));
}

describe('damaged WBXML', () => {
  it('is refused or understood, and never a fault of the server, wherever it is cut', async () => {
    for (const message of await recorded()) {
      for (let at = 0; at < message.length; at += Math.ceil(message.length / 24)) {
        const { status, text } = await post(message.subarray(0, at), wbxmlType);
        expect([status, text.split(':', 1)[0]], `cut at ${at} of ${message.length}`).toEqual([
          400,
          expect.stringMatching(/^ERR_(?:WBXML|SYNCML)_/),
        ]);
      }
    }
  });

  it('is refused or understood, and never a fault of the server, whichever bit is turned', async () => {
    for (const message of await recorded()) {
      for (let at = 0; at < message.length; at += Math.ceil(message.length / 40)) {
        const damaged = message.slice();
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
        const { status, text } = await post(damaged, wbxmlType);
        // Stale and repeated messages are told so; a lie about the encoding is, too.
        expect([200, 400, 409], `bit ${at % 8} of byte ${at}: ${text.slice(0, 80)}`).toContain(status);
      }
    }
  });
});

describe('XML', () => {
  it.each([
    ['an internal DTD', hello('<!DOCTYPE SyncML [<!ELEMENT SyncML ANY>]>', 'x')],
    ['an entity of its own', hello('<!DOCTYPE SyncML [<!ENTITY a "b">]>', '&a;')],
    ['a file as an entity', hello('<!DOCTYPE SyncML [<!ENTITY a SYSTEM "file:///etc/passwd">]>', '&a;')],
    ['a billion laughs', hello(`<!DOCTYPE SyncML [<!ENTITY a "ha">${'<!ENTITY b "&a;&a;&a;">'.repeat(9)}]>`, '&b;')],
    ['an entity that nobody declared', hello('', '&nobody;')],
  ])('with %s is refused', async (_, text) => {
    const answer = await post(text, xmlType);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^ERR_XML_/);
    expect(answer.text).not.toContain('root:');
  });

  it('10,000 elements deep is refused', async () => {
    const answer = await post(`<SyncML>${'<Item>'.repeat(10_000)}${'</Item>'.repeat(10_000)}</SyncML>`, xmlType);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^ERR_(?:XML|WBXML|SYNCML)_/);
  });

  it('that ends in the middle is refused', async () => {
    expect((await post('<SyncML><SyncHdr>', xmlType)).status).toBe(400);
    expect((await post('', xmlType)).status).toBe(400);
  });
});

describe('WBXML', () => {
  it('10,000 elements deep is refused', async () => {
    // Version 1.2, public id in the string table, UTF-8, no string table; then Item (0x54) in Item.
    const head = [0x02, 0xa4, 0x01, 0x6a, 0x00, 0x6d];
    const answer = await post(
      new Uint8Array([...head, ...Array.from({ length: 10_000 }, () => 0x54), ...Array.from({ length: 10_001 }, () => 0x01)]),
      wbxmlType,
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^ERR_(?:WBXML|SYNCML)_/);
  });
});

describe('HTTP', () => {
  it.each([
    ['text/plain', 415],
    ['application/json', 415],
    ['', 415],
  ])('with the content type "%s" is refused', async (type, status) => {
    expect((await post('hello', type)).status).toBe(status);
  });

  it('by GET is refused', async () => {
    expect((await fetch(world().server.url)).status).toBe(405);
  });

  it.each(['announced', 'not announced'])('with a body of 100 MB, %s, is refused early and costs no memory', async (how) => {
    const size = 100_000_000;
    const before = process.memoryUsage().rss;
    const { status, sent } = await stream(size, how === 'announced');
    expect(status).toBe(413);
    // What the sockets between hold, and what was read to see that it is too much.
    expect(sent).toBeLessThan(20_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64_000_000);
  });
});

/** Sends zeros until there is an answer and the connection has ended; tells how much went out. */
function stream(size: number, announced: boolean): Promise<{ readonly status: number; readonly sent: number }> {
  return new Promise((resolve, reject) => {
    let [sent, status] = [0, 0];
    const over = new AbortController();
    const end = (): void => {
      over.abort();
      resolve({ status, sent });
    };
    const headers = { 'content-type': wbxmlType, ...(announced ? { 'content-length': size } : {}) };
    const out = request(world().server.url, { method: 'POST', headers }, (response) => {
      status = response.statusCode ?? 0;
      response.resume();
    });
    out.on('error', (error: NodeJS.ErrnoException) =>
      status === 0 && error.code !== 'EPIPE' && error.code !== 'ECONNRESET' ? reject(error) : end(),
    );
    out.on('close', end);
    const part = Buffer.alloc(65_536);
    const more = (): void => {
      while (!over.signal.aborted && sent < size) {
        sent += part.length;
        if (!out.write(part)) {
          out.once('drain', more);
          return;
        }
      }
      if (!over.signal.aborted) out.end();
    };
    more();
  });
}

describe('a log-in', () => {
  it('of somebody unknown gets the same answer as one with a wrong password', async () => {
    for (const make of [(user: string) => basic(user, 'wrong'), (user: string) => md5(user, 'wrong', new Uint8Array([1]))]) {
      const answers: { shape: unknown; size: number }[] = [];
      for (const user of ['alice', 'nobody']) {
        const raw = device({ user, deviceId: 'the-same' });
        raw.newSession(7);
        raw.msgId = 1;
        const reply = await raw.post(raw.bytes({ commands: [raw.put(), alert(200, { next: '1' })], cred: make(user) }));
        expect(codesFor(reply.message, 'SyncHdr')).toEqual(['401']);
        answers.push({ shape: shape(reply.message), size: reply.body.length });
      }
      expect(answers[0]).toEqual(answers[1]);
    }
  });

  it('with the right password of somebody else is refused', async () => {
    const raw = device({ user: 'bob' });
    raw.newSession();
    const reply = await raw.send({ commands: [raw.put()], cred: basic('bob', password) });
    expect(codesFor(reply, 'SyncHdr')).toEqual(['401']);
  });
});
