// Documents to begin with: what real clients sent first, the vectors of the codec, and messages with every command.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { encodeMessage, generateMessage, type Encoding } from '@packetboat/syncml';
import { decodeWbxml, encodeXml, type Document } from '@packetboat/wbxml';
import { everyCommand, message } from '../../packages/syncml/test/arbitrary.ts';
import { fromHex } from '../../packages/wbxml/test/hex.ts';
import { vectors } from '../../packages/wbxml/test/vectors.ts';
import type { Random } from '../../test/support/random.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures');

/** First messages of real clients in one encoding. */
export function recordings(encoding: Encoding): readonly Uint8Array[] {
  const folder = join(fixtures, 'first-message');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(`.${encoding}`));
  return files.toSorted().map((file) => new Uint8Array(readFileSync(join(folder, file))));
}

export function wbxmlVectors(): readonly Uint8Array[] {
  return vectors.map(({ hex }) => fromHex(hex));
}

/** The vectors that XML can hold. */
export function xmlVectors(): readonly Uint8Array[] {
  return wbxmlVectors().flatMap((bytes) => {
    try {
      const document = decodeWbxml(bytes);
      return [encodeXml(document), encodeXml(document, { cdata: true, declaration: false })];
    } catch {
      // Bytes of one vector have no form in XML.
      return [];
    }
  });
}

/** A random message in its typed form, as bytes. */
export function inventMessage(random: Random, encoding: Encoding): Uint8Array {
  return encodeMessage(sample(random, encoding), encoding, { cdata: random.chance(0.5) });
}

/** A random message as a tree. */
export function inventTree(random: Random, encoding: Encoding): Document {
  return generateMessage(sample(random, encoding), { encoding });
}

type Message = Parameters<typeof encodeMessage>[0];

/** Drawing one message takes 30 ms: a stock is drawn once, from a seed of its own, and what makes them differ is done to them afterwards. */
const stock = new Map<Encoding, readonly Message[]>();

function sample(random: Random, encoding: Encoding): Message {
  const messages = stock.get(encoding) ?? draw(encoding);
  stock.set(encoding, messages);
  const drawn = messages[random.integer(messages.length)];
  if (drawn === undefined) throw new Error('nothing was drawn');
  return drawn;
}

function draw(encoding: Encoding): readonly Message[] {
  const shape = { bytes: encoding === 'wbxml' };
  return [...fc.sample(message(shape), { seed: 1, numRuns: 40 }), ...fc.sample(everyCommand(shape), { seed: 2, numRuns: 10 })];
}
