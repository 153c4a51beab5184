// The first messages of a real client, recorded (test/fixtures/first-message), posted to a server that has never heard of it:
// what must be answered before anything is known of the device. DS Protocol 1.2 §5, Representation Protocol (SyncHdr).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMessage, type Encoding, type Message, type Status } from '@packetboat/syncml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PlainWorld, startPlainWorld } from '../support/plain-world.ts';

interface Recording {
  readonly name: string;
  readonly auth: string;
  readonly encoding: Encoding;
  readonly version: string;
  readonly body: Buffer;
}

const folder = join(import.meta.dirname, '../fixtures/first-message');
const recordings = readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly Recording[] => {
  const [, auth = '', wbxml = '', version = ''] = /^(\w+)-wbxml([01])-v(1\.\d)$/.exec(entry.name) ?? [];
  if (version === '') return [];
  const encoding = wbxml === '1' ? 'wbxml' : 'xml';
  return [{ name: entry.name, auth, encoding, version, body: readFileSync(join(folder, entry.name, `01-req.${encoding}`)) }];
});

const statusOf = (message: Message, cmd: string): Status | undefined =>
  message.commands.find((command) => command.name === 'Status' && command.cmd === cmd) as Status | undefined;

describe('a recorded first message', () => {
  let world: PlainWorld;
  beforeAll(async () => {
    // alice with alicepw, as in the recordings.
    world = await startPlainWorld({ people: ['alice'] });
  });
  afterAll(() => world.close());

  const post = async ({ body, encoding }: Recording): Promise<{ raw: Buffer; message: Message }> => {
    const type = `application/vnd.syncml+${encoding}`;
    const response = await fetch(world.url, { method: 'POST', headers: { 'content-type': type }, body });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')?.split(';')[0]).toBe(type);
    const raw = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(raw.length));
    return { raw, message: decodeMessage(raw, encoding) };
  };

  test('of each kind is there', () => {
    expect(recordings.map(({ name }) => name)).toHaveLength(12);
  });

  for (const recording of recordings) {
    test(`${recording.name} is answered in its encoding and version, to the session and device that it names`, async () => {
      const { raw, message } = await post(recording);
      const { header } = decodeMessage(recording.body, recording.encoding);
      expect(message.header).toMatchObject({
        version: recording.version,
        sessionId: header.sessionId,
        msgId: '1',
        target: { locUri: 'sc-test-0001' },
      });
      const [first] = message.commands;
      expect(first).toMatchObject({ name: 'Status', cmd: 'SyncHdr', msgRef: '1', cmdRef: '0' });
      // Public identifiers: 0x1201, 0x0FD3, and 1.0's in words.
      const heads: Readonly<Record<string, string>> = { '1.2': '02a4016a00', '1.1': '029f536a00', '1.0': '0200006a' };
      if (recording.encoding === 'wbxml') expect(raw.toString('hex')).toMatch(new RegExp(`^${heads[recording.version]}`));
    });
  }

  for (const recording of recordings.filter(({ auth }) => auth === 'basic')) {
    test(`${recording.name} is let in, gets the DevInf it asks for, and 404 for the datastore that does not exist`, async () => {
      const { message } = await post(recording);
      expect(statusOf(message, 'SyncHdr')?.data).toBe('212');
      expect(message.header.respUri).toMatch(/[?&]s=[0-9a-f]{32}$/);
      expect(statusOf(message, 'Put')?.data).toBe('200');
      expect(statusOf(message, 'Get')?.data).toBe('200');
      expect(statusOf(message, 'Alert')).toMatchObject({ data: '404', targetRefs: ['note'], sourceRefs: ['./notes'] });
      const results = message.commands.find((command) => command.name === 'Results');
      const uri = `./devinf${recording.version.replace('.', '')}`;
      expect(results).toMatchObject({ cmdRef: '2', items: [{ source: { locUri: uri }, data: { kind: 'devInf' } }] });
      const data = results?.name === 'Results' ? results.items[0]?.data : undefined;
      expect(data?.kind === 'devInf' && data.devInf).toMatchObject({ version: recording.version, man: 'Packetboat' });
      // No Alert of ours, since there is no datastore to be synchronised.
      expect(message.commands.filter((command) => command.name === 'Alert')).toEqual([]);
      expect(message.final).toBe(true);
    });
  }

  for (const recording of recordings.filter(({ auth, version }) => auth === 'md5' && version !== '1.0')) {
    test(`${recording.name}, with a digest over an empty nonce, is challenged with a nonce and does not end its package`, async () => {
      const { message } = await post(recording);
      const status = statusOf(message, 'SyncHdr');
      expect(status?.data).toBe('401');
      expect(status?.chal?.meta).toMatchObject({ type: 'syncml:auth-md5', format: 'b64' });
      expect(status?.chal?.meta.nextNonce?.length).toBeGreaterThanOrEqual(16);
      expect(message.final).toBe(false);
      expect(message.header.respUri).toBeUndefined();
      // Nothing is executed, nothing is told.
      expect(message.commands.every((command) => command.name === 'Status' && command.data === '401')).toBe(true);
      expect(message.commands.map((command) => command.name === 'Status' && command.cmd)).toEqual(['SyncHdr', 'Put', 'Get', 'Alert']);
    });
  }

  for (const recording of recordings.filter(({ auth, version }) => auth === 'md5' && version === '1.0')) {
    test(`${recording.name}, whose digest needs the password itself, is asked for basic`, async () => {
      const { message } = await post(recording);
      const status = statusOf(message, 'SyncHdr');
      expect(status?.data).toBe('401');
      expect(status?.chal?.meta).toEqual({ type: 'syncml:auth-basic', format: 'b64' });
      expect(message.final).toBe(false);
    });
  }

  test('that comes again gets the same bytes, and is not executed again', async () => {
    for (const recording of recordings.filter(({ auth }) => auth === 'basic')) {
      const [one, two] = [await post(recording), await post(recording)];
      expect(two.raw.equals(one.raw)).toBe(true);
    }
  });
});
