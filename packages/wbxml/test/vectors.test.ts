import { describe, expect, test } from 'vitest';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, equalDocuments } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { fromHex, toHex } from './hex.ts';
import { vectors } from './vectors.ts';

describe.each(vectors)('$id, $what', ({ document, hex, id }) => {
  test('is written byte for byte', () => {
    expect(toHex(encodeWbxml(document))).toBe(hex);
  });

  test('is read as the same tree', () => {
    expect(decodeWbxml(fromHex(hex))).toEqual({ ...document, wbxmlVersion: '1.2' });
  });

  test('means the same in XML, if XML can carry it', () => {
    // V3 embeds a WBXML document.
    if (id === 'V3')
      expect(failureOf(() => encodeXml(document))).toMatchObject({ code: 'ERR_XML_BINARY', path: 'SyncML/SyncBody/Put/Item/Data' });
    else expect(equalDocuments(decodeXml(encodeXml(document)), document)).toBe(true);
  });

  test('differs in the version byte only as WBXML 1.1 and 1.3', () => {
    expect(toHex(encodeWbxml(document, { wbxmlVersion: '1.3' }))).toBe(`03${hex.slice(2)}`);
    expect(toHex(encodeWbxml(document, { wbxmlVersion: '1.1' }))).toBe(`01${hex.slice(2)}`);
    expect(decodeWbxml(fromHex(`03${hex.slice(2)}`)).wbxmlVersion).toBe('1.3');
  });
});
