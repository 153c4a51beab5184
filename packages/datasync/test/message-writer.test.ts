import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { encodeMessage, type SyncHdr } from '@packetboat/syncml';
import { MessageWriter } from '../src/message/message-writer.ts';

const header: SyncHdr = { version: '1.2', sessionId: '1', msgId: '1', target: { locUri: 'a' }, source: { locUri: 'b' } };

const add = (size: number, type = 'text/plain'): Parameters<MessageWriter['putItemInside']>[0] => ({
  name: 'Add',
  meta: { type },
  items: [{ source: { locUri: '7' }, data: { kind: 'bytes', bytes: new Uint8Array(size).fill(65) } }],
});

test('a message never grows over what the peer takes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 400, max: 9_000 }),
      fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 }),
      fc.boolean(),
      fc.constantFrom('xml' as const, 'wbxml' as const),
      (limit, sizes, grouped, encoding) => {
        const writer = new MessageWriter(header, encoding, limit);
        writer.openSync({ target: './mail', source: './mail', numberOfChanges: 3 });
        for (const size of sizes)
          if (grouped) writer.putItemInside(add(size));
          else writer.putInside(add(size));
        const bytes = encodeMessage({ header, commands: writer.finish(), final: true }, encoding, { cdata: true });
        expect(bytes.length).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

test('commands are numbered from 1 and none twice, whatever their place', () => {
  const writer = new MessageWriter(header, 'wbxml', 65_536);
  writer.openSync({ target: './mail', source: './mail', numberOfChanges: undefined });
  const inside = writer.putInside(add(3));
  writer.closeSync();
  const first = writer.putFirst({ name: 'Alert', data: '200', items: [] });
  const commands = writer.finish();
  expect(commands.map((command) => command.name)).toEqual(['Alert', 'Sync']);
  expect([commands[1]?.cmdId, inside, first]).toEqual(['1', '2', '3']);
});

test('items of the same kind share a command, others do not', () => {
  const writer = new MessageWriter(header, 'wbxml', 65_536);
  writer.openSync({ target: './mail', source: './mail', numberOfChanges: undefined });
  for (const type of ['text/plain', 'text/plain', 'text/html']) writer.putItemInside(add(3, type));
  const [sync] = writer.finish();
  expect(sync?.name === 'Sync' ? sync.commands.map((command) => 'items' in command && command.items.length) : []).toEqual([2, 1]);
});

test('what does not fit is refused and leaves the message as it was', () => {
  const writer = new MessageWriter(header, 'wbxml', 1_024);
  writer.openSync({ target: './mail', source: './mail', numberOfChanges: undefined });
  const { room } = writer;
  expect(writer.putInside(add(2_000))).toBeUndefined();
  expect(writer.room).toBe(room);
  expect(writer.putInside(add(10))).toBeDefined();
});

test('reserved room cannot be used until it is given back', () => {
  const writer = new MessageWriter(header, 'wbxml', 1_024);
  writer.openSync({ target: './mail', source: './mail', numberOfChanges: undefined });
  writer.reserve(writer.room);
  expect(writer.putInside(add(1))).toBeUndefined();
  writer.reserve(-500);
  expect(writer.putInside(add(1))).toBeDefined();
});
