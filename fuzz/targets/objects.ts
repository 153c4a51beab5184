// What messages carry: email and folder objects, batches of flags, device information, the Record of a filter. Every input
// goes to every reader: refused with an error of ours, or read, written and read as the same.
import { isDeepStrictEqual } from 'node:util';
import {
  generateDevInf,
  generateEmail,
  generateFlagBatch,
  generateFolder,
  parseDevInf,
  parseEmail,
  parseFlagBatch,
  parseFolder,
  parseRecord,
  type DevInf,
} from '@packetboat/syncml';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, looksLikeWbxml } from '@packetboat/wbxml';
import * as fc from 'fast-check';
import { devInf } from '../../packages/syncml/test/arbitrary.ts';
import { devInfVector } from '../../packages/syncml/test/vectors.ts';
import { sampleMails } from '../../test/support/mail-samples.ts';
import type { Random } from '../../test/support/random.ts';
import { concat, withoutStretches } from '../engine/minimize.ts';
import { Finding, type Subject } from '../engine/subject.ts';
import { changeBytes } from '../mutate/bytes.ts';
import { inventXml } from '../mutate/xml-grammar.ts';
import { isRefusal } from './messages.ts';

const mostBytes = 65_536;
const encoder = new TextEncoder();
const types = [undefined, 'application/vnd.omads-email+xml; charset=iso-8859-1', 'x/y; charset=nope', 'message/rfc822'];

/** Reads; writes what was read, which may be refused; and reads that. `exact`: nothing may be left out on the way. */
function roundTrip<T>(
  what: string,
  read: (bytes: Uint8Array) => T,
  write: (value: T) => Uint8Array,
  input: Uint8Array,
  exact: (value: T) => boolean = () => true,
): void {
  let value: T;
  let bytes: Uint8Array;
  try {
    value = read(input);
    bytes = write(value);
  } catch (error) {
    if (isRefusal(error)) return;
    throw error;
  }
  let again: T;
  try {
    again = read(bytes);
  } catch (cause) {
    throw new Finding(`${what}: what was written is not read`, cause instanceof Error ? cause.message : '', { cause });
  }
  const expected = exact(value) ? value : read(write(again));
  if (!isDeepStrictEqual(again, expected)) throw new Finding(`${what}: what was written is read as something else`);
}

function readDevInf(bytes: Uint8Array): DevInf {
  return parseDevInf(looksLikeWbxml(bytes) ? decodeWbxml(bytes) : decodeXml(bytes));
}

/** What a version of device information does not have is left out when it is written. */
function isExact({ version, ctCaps }: DevInf): boolean {
  return version === '1.2' && ctCaps.length === 0;
}

function run(input: Uint8Array): void {
  roundTrip('email', parseEmail, generateEmail, input);
  for (const type of types.slice(1))
    roundTrip('email of a type', (bytes) => parseEmail(bytes, bytes === input ? type : undefined), generateEmail, input);
  roundTrip('folder', (bytes) => parseFolder(bytes), generateFolder, input);
  roundTrip('flag batch', parseFlagBatch, generateFlagBatch, input);
  roundTrip('device information', readDevInf, (value) => encodeXml(generateDevInf(value)), input, isExact);
  roundTrip('device information in WBXML', readDevInf, (value) => encodeWbxml(generateDevInf(value)), input, isExact);
  readRecord(new TextDecoder().decode(input));
}

function readRecord(text: string): void {
  try {
    parseRecord(text);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

function emails(): readonly Uint8Array[] {
  return sampleMails({ seed: 1, count: 4 }).flatMap(({ bytes }) => {
    const item = bytes.subarray(0, 2_000);
    return [generateEmail({ read: true, received: '20260101T000000Z', emailItem: item, ext: [{ xNam: 'x-a', xVal: ['1', '2'] }] })];
  });
}

const texts = [
  '+awd 0 %3007\n+r-f 12 3 1 ~a7\n',
  '-r 5\n',
  '<Folder><name>a &amp; b</name><created>20260101T000000Z</created><attributes><h>true</h></attributes><role>inbox</role></Folder>',
  '<email><Read>true</Read><emailitem enc="base64">U3ViamVjdA==</emailitem></email>',
  '<Email><emailitem enc="quoted-printable">a=3D=\r\nb =20</emailitem></Email>',
  '<Email><emailitem><![CDATA[a]]&gt;</emailitem></Email>',
  '&LUID;&EQ;a%2Fb',
  '((received&GE;20260101T000000Z)&AND;(size&LT;1000|&iCON;x))&OR;read&NE;&NULL;',
];

const stock = (['1.0', '1.1', '1.2'] as const).flatMap((version) => fc.sample(devInf(version), { seed: 1, numRuns: 20 }));

function invent(random: Random): Uint8Array {
  if (random.chance(0.5)) return inventXml(random);
  const sampled = stock[random.integer(stock.length)];
  if (sampled === undefined || random.chance(0.3)) return inventBatch(random);
  const document = generateDevInf(sampled);
  return random.chance(0.5) ? encodeXml(document) : encodeWbxml(document);
}

function inventBatch(random: Random): Uint8Array {
  const line = (): string =>
    `${random.pick(['+r', '-r', '+rf-d', '+a', 'r', ''])} ${random.integer(100)} ${random.pick(['~a', '%30', '%', '0', '7'])}\n`;
  return concat(...Array.from({ length: random.integer(4) }, () => encoder.encode(line())));
}

export function objects(): Subject {
  return {
    extension: 'object',
    time: { fixed: 200, perKilobyte: 10 },
    mostBetweenLooks: 16,
    seeds: () => [
      ...texts.map((text) => encoder.encode(text)),
      ...emails(),
      encodeXml(generateDevInf(devInfVector)),
      encodeWbxml(generateDevInf(devInfVector)),
    ],
    invent,
    mutate: (input, other, random) => changeBytes(input, other, random, mostBytes),
    run,
    runAlone: run,
    minimizeMs: 20_000,
    smaller: withoutStretches,
    close: () => Promise.resolve(),
  };
}
