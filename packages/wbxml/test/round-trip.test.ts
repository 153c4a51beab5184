import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, equalDocuments } from '../src/index.ts';
import { pushDocument, wbxmlDocument, xmlDocument } from './arbitrary.ts';

test('a random document means the same after WBXML', () => {
  fc.assert(
    fc.property(wbxmlDocument, fc.boolean(), (document, textualPublicId) => {
      const decoded = decodeWbxml(encodeWbxml(document, { textualPublicId }));
      expect(equalDocuments(decoded, document)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a random document means the same after XML, with and without CDATA and declaration', () => {
  fc.assert(
    fc.property(xmlDocument, fc.boolean(), fc.boolean(), (document, cdata, declaration) => {
      const decoded = decodeXml(encodeXml(document, { cdata, declaration }));
      expect(equalDocuments(decoded, document)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a random document means the same after XML, WBXML and XML again', () => {
  fc.assert(
    fc.property(xmlDocument, (document) => {
      const viaXml = decodeXml(encodeXml(document));
      const viaWbxml = decodeWbxml(encodeWbxml(viaXml));
      expect(decodeXml(encodeXml(viaWbxml))).toEqual(viaXml);
    }),
    { numRuns: 200 },
  );
});

test('a random push document means the same after either encoding', () => {
  fc.assert(
    fc.property(pushDocument, (document) => {
      expect(decodeWbxml(encodeWbxml(document))).toEqual({ ...document, wbxmlVersion: '1.2' });
      expect(decodeXml(encodeXml(document))).toEqual(document);
    }),
    { numRuns: 300 },
  );
});

test('what was decoded is encoded to the same bytes again', () => {
  fc.assert(
    fc.property(wbxmlDocument, (document) => {
      const bytes = encodeWbxml(document);
      expect(encodeWbxml(decodeWbxml(bytes))).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});
