import type { Content, Element } from '@packetboat/wbxml';
import { isElement } from '@packetboat/wbxml';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, encodedSize, envelopeSize, generateMessage, parseMessage } from '../src/index.ts';
import type { Command, Message } from '../src/index.ts';
import { everyCommand, message } from './arbitrary.ts';

const encodings = [
  { encoding: 'wbxml', options: {}, bytes: true },
  { encoding: 'xml', options: {}, bytes: false },
  { encoding: 'xml', options: { cdata: true }, bytes: false },
] as const;

describe('a random message', () => {
  it.each(encodings)('comes back as it was from $encoding, $options', ({ encoding, options, bytes }) => {
    fc.assert(
      fc.property(fc.oneof(message({ bytes }), everyCommand({ bytes })), (sent) => {
        expect(decodeMessage(encodeMessage(sent, encoding, options), encoding)).toEqual(sent);
      }),
      { numRuns: 50 },
    );
  });

  it('is measured before it is written: exactly in XML, at most 2 bytes a command too much in WBXML', () => {
    for (const { encoding, options, bytes } of encodings) {
      fc.assert(
        fc.property(message({ bytes }), (sent) => {
          const real = encodeMessage({ ...sent, final: true }, encoding, options).length;
          const measured = sent.commands.reduce(
            (sum, command) => sum + encodedSize(command, encoding, '1.2', options),
            envelopeSize(sent.header, encoding, options),
          );
          expect(measured - real).toBeGreaterThanOrEqual(0);
          expect(measured - real).toBeLessThanOrEqual(encoding === 'xml' ? 0 : 2 * sent.commands.length);
        }),
        { numRuns: 40 },
      );
    }
  });

  it('has parts whose sizes add up, so that a Sync can be filled command by command', () => {
    fc.assert(
      fc.property(everyCommand({ bytes: true }), ({ header, commands }) => {
        for (const command of commands) {
          if (command.name !== 'Sync') continue;
          const parts = command.commands.reduce((sum, part) => sum + encodedSize(part, 'wbxml', '1.2'), 0);
          const whole = encodedSize(command, 'wbxml', '1.2');
          const real = encodeMessage({ header, commands: [command], final: true }, 'wbxml').length - envelopeSize(header, 'wbxml');
          const sum = encodedSize({ ...command, commands: [] }, 'wbxml', '1.2') + parts;
          expect(sum).toBeGreaterThanOrEqual(real);
          expect(sum - whole).toBeLessThanOrEqual(2 + 2 * command.commands.length);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a message whose elements stand in another order', () => {
  const containers = new Set(['SyncBody', 'Sync', 'Atomic', 'Sequence']);
  const structure = new Set(['CmdID', 'NoResp', 'Cred', 'Target', 'Source', 'Meta', 'NumberOfChanges', 'Final']);

  /** What keeps its order among its like: repeated elements, and the commands of a container. */
  const group = (parent: Element, { name }: Element): string => (containers.has(parent.name) && !structure.has(name) ? '(command)' : name);

  function shuffle(element: Element, random: () => number): Element {
    const elements = element.content.filter(isElement).map((child) => shuffle(child, random));
    if (elements.length === 0) return element;
    const waiting = Map.groupBy(elements, (child) => group(element, child));
    const order = elements.map((child) => ({ key: group(element, child), at: random() })).toSorted((a, b) => a.at - b.at);
    const content: Content[] = order.map(({ key }) => waiting.get(key)?.shift() ?? expect.unreachable());
    return { ...element, content };
  }

  it('reads the same: every command, header, item, filter and Meta', () => {
    fc.assert(
      fc.property(
        everyCommand({ bytes: true }),
        fc.array(fc.double({ noNaN: true }), { minLength: 50, maxLength: 50 }),
        (sent, numbers) => {
          let at = 0;
          const random = (): number => numbers[(at += 1) % numbers.length] ?? 0;
          const document = generateMessage(sent, { encoding: 'wbxml' });
          expect(parseMessage({ ...document, root: shuffle(document.root, random) })).toEqual(sent);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads the same backwards', () => {
    const reverse = (element: Element): Element => ({
      ...element,
      content: element.content.map((piece) => (isElement(piece) ? reverse(piece) : piece)).toReversed(),
    });
    const command: Command = {
      name: 'Replace',
      cmdId: '1',
      meta: { type: 'a/b', size: 3 },
      items: [
        { source: { locUri: '1', locName: 'n' }, sourceParent: 'p', meta: { size: 3 }, data: { kind: 'text', text: 'x' }, moreData: true },
      ],
    };
    const sent: Message = {
      header: { version: '1.2', sessionId: '1', msgId: '1', target: { locUri: 'a' }, source: { locUri: 'b' }, meta: { maxMsgSize: 1 } },
      commands: [command],
      final: true,
    };
    const document = generateMessage(sent, { encoding: 'xml' });
    expect(parseMessage({ ...document, root: reverse(document.root) })).toEqual(sent);
  });
});
