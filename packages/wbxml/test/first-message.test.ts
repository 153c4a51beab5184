// The first messages of a real client, recorded: see test/fixtures/first-message.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf, child, decodeWbxml, decodeXml, encodeWbxml, encodeXml, equalDocuments, looksLikeWbxml, textOf } from '../src/index.ts';
import type { Document, Element } from '../src/index.ts';
import { toHex } from './hex.ts';

const folder = join(import.meta.dirname, '../../../test/fixtures/first-message');
const recordings = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const isWbxml = name.includes('wbxml1');
    return { name, isWbxml, bytes: new Uint8Array(readFileSync(join(folder, name, isWbxml ? '01-req.wbxml' : '01-req.xml'))) };
  });

/** Follows the first children of these names. */
function find(root: Element, ...path: readonly string[]): Element {
  return path.reduce((parent, name) => {
    const next = child(parent, name);
    if (next === undefined) throw new Error(`no ${name} in ${parent.name}`);
    return next;
  }, root);
}

/** Device information, embedded as bytes in WBXML and as elements in XML. */
function devInfOf(document: Document): Element {
  const data = find(document.root, 'SyncBody', 'Put', 'Item', 'Data');
  const bytes = bytesOf(data);
  return looksLikeWbxml(bytes) ? decodeWbxml(bytes).root : find(data, 'DevInf');
}

test('all twelve are there', () => {
  expect(recordings).toHaveLength(12);
});

describe.each(recordings)('$name', ({ name, isWbxml, bytes }) => {
  const version = name.slice(-3);
  const document = isWbxml ? decodeWbxml(bytes) : decodeXml(bytes);

  test('is read with its header, credentials, device information and Alert', () => {
    expect(looksLikeWbxml(bytes)).toBe(isWbxml);
    expect(document.type).toBe(`SyncML ${version}`);
    expect(textOf(find(document.root, 'SyncHdr', 'Source', 'LocName'))).toBe('alice');
    expect(textOf(find(document.root, 'SyncHdr', 'Cred', 'Meta', 'Type'))).toBe(`syncml:auth-${name.split('-')[0]}`);
    expect(find(document.root, 'SyncHdr', 'Meta', 'MaxMsgSize')).toEqual({ name: 'MaxMsgSize', space: 'metinf', content: ['150000'] });
    expect(textOf(find(document.root, 'SyncBody', 'Alert', 'Data'))).toBe('201');
    expect(textOf(find(document.root, 'SyncBody', 'Alert', 'Item', 'Meta', 'Anchor', 'Next'))).toMatch(/^\d{8}T\d{6}Z$/);
    const devInf = devInfOf(document);
    expect(devInf.space).toBe('devinf');
    expect(textOf(find(devInf, 'Mod'))).toBe('SyncEvolution');
    expect(textOf(find(devInf, 'DataStore', 'Rx-Pref', 'CTType'))).toBe('text/plain');
  });

  test('means the same after WBXML', () => {
    if (isWbxml) {
      const { wbxmlVersion } = decodeWbxml(bytes);
      const textualPublicId = version === '1.0';
      expect(toHex(encodeWbxml(document, { wbxmlVersion, textualPublicId }))).toBe(toHex(bytes));
    }
    expect(equalDocuments(decodeWbxml(encodeWbxml(document)), document)).toBe(true);
  });

  // Embedded WBXML and raw digests are for the layer above to turn into elements and base64; then XML can carry the message.
  test('means the same after XML', () => {
    const carried = isWbxml ? withoutBinary(document) : document;
    expect(equalDocuments(decodeXml(encodeXml(carried)), carried)).toBe(true);
    expect(equalDocuments(decodeXml(encodeXml(carried, { cdata: true })), carried)).toBe(true);
  });
});

test.each(['1.0', '1.1', '1.2'])('%s sends the same device information in both encodings', (version) => {
  const [xml, wbxml] = [false, true].map((isWbxml) => {
    const found = recordings.find((recording) => recording.isWbxml === isWbxml && recording.name.endsWith(`v${version}`));
    if (found === undefined) throw new Error('no such recording');
    return devInfOf(isWbxml ? decodeWbxml(found.bytes) : decodeXml(found.bytes));
  });
  expect(xml).toEqual(wbxml);
});

function withoutBinary(document: Document): Document {
  const replace = (node: Element): Element => ({
    ...node,
    content: node.content.map((piece) => {
      if (piece instanceof Uint8Array) return looksLikeWbxml(piece) ? decodeWbxml(piece).root : Buffer.from(piece).toString('base64');
      return typeof piece === 'string' ? piece : replace(piece);
    }),
  });
  return { type: document.type, root: replace(document.root) };
}
