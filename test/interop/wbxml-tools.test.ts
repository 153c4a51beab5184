// Our codec against libwbxml's command line tools (Debian package libwbxml2-utils), an implementation of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { childElements, decodeWbxml, decodeXml, element, encodeWbxml, encodeXml, equalDocuments } from '@packetboat/wbxml';
import type { Document, DocumentType, Element } from '@packetboat/wbxml';
import { pushDocument, wbxmlDocument, xmlDocument } from '../../packages/wbxml/test/arbitrary.ts';
import { fromHex, utf8 } from '../../packages/wbxml/test/hex.ts';
import { vectors } from '../../packages/wbxml/test/vectors.ts';

const folder = mkdtempSync(join(tmpdir(), 'packetboat-wbxml-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a tool from file to file, and returns what it wrote. */
function convert(tool: 'wbxml2xml' | 'xml2wbxml', input: Uint8Array, options: readonly string[]): Uint8Array {
  const [from, to] = [join(folder, 'in'), join(folder, 'out')];
  writeFileSync(from, input);
  rmSync(to, { force: true });
  execFileSync(tool, [...options, '-o', to, from], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Uint8Array(readFileSync(to));
}

/** XML as the tool makes it of our WBXML, without layout and with white space kept. */
function toolXml(wbxml: Uint8Array): string {
  return new TextDecoder().decode(convert('wbxml2xml', wbxml, ['-m', '0', '-k']));
}

function toolWbxml(xml: Uint8Array, ...options: readonly string[]): Uint8Array {
  return convert('xml2wbxml', xml, ['-k', ...options]);
}

/** Page 2 of a message is Nokia's; the tool does not know it. */
function usesPage2(node: Element): boolean {
  return childElements(node).some((inner) => (inner.space === 'devinf' && node.space !== 'devinf') || usesPage2(inner));
}

/** The tool takes a root's name further in for an embedded document, and OPAQUE in NextNonce for a nonce to show as base64. */
function isRewritten(node: Element): boolean {
  return childElements(node).some((inner) => ['DevInf', 'SyncML', 'NextNonce'].includes(inner.name) || isRewritten(inner));
}

/** The tool takes the language of device information and push documents from the DOCTYPE. */
function withDoctype(document: Document): Uint8Array {
  const owner = document.type.startsWith('SyncML') || document.type.startsWith('DevInf') ? 'SYNCML' : 'WAPFORUM';
  const xml = new TextDecoder().decode(encodeXml(document, { declaration: false }));
  return utf8(`<?xml version="1.0"?><!DOCTYPE ${document.root.name} PUBLIC "-//${owner}//DTD ${document.type}//EN" "x.dtd">${xml}`);
}

describe('wbxml2xml', () => {
  test.each(vectors.filter(({ id }) => id !== 'V10'))('reads $id as we mean it', ({ document, id }) => {
    const xml = toolXml(encodeWbxml(document));
    expect(xml).not.toMatch(/unknown/i);
    // It unpacks the device information of V3, whose type it then calls XML.
    const expected = id === 'V3' ? unpacked(document) : document;
    expect(equalDocuments(decodeXml(utf8(xml)), expected)).toBe(true);
  });

  test('reads V10 but for its page 2', () => {
    const document = vectors.find(({ id }) => id === 'V10')?.document;
    if (document === undefined) throw new Error('no V10');
    const xml = toolXml(encodeWbxml(document));
    expect(xml).toContain('emailitem');
    expect(xml).toContain('EXCLUSIVE');
  });

  test('knows every tag of random documents', () => {
    const known = fc.oneof(wbxmlDocument, pushDocument).filter(({ root }) => !usesPage2(root));
    fc.assert(
      fc.property(known, fc.boolean(), (document, textualPublicId) => {
        expect(toolXml(encodeWbxml(document, { textualPublicId }))).not.toMatch(/<\/?unknown/i);
      }),
      { numRuns: 60 },
    );
  });

  test('reads random documents as we mean them', () => {
    const known = fc.oneof(xmlDocument, pushDocument).filter(({ root }) => !usesPage2(root) && !isRewritten(root));
    fc.assert(
      fc.property(known, (document) => {
        const xml = toolXml(encodeWbxml(document));
        expect(equalDocuments(decodeXml(utf8(xml)), document)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  const recordings = join(import.meta.dirname, '../fixtures/first-message');
  const names = readdirSync(recordings).filter((name) => name.includes('-wbxml'));

  test.each(names)('reads the first message %s that we write again', (name) => {
    const isWbxml = name.includes('wbxml1');
    const bytes = new Uint8Array(readFileSync(join(recordings, name, isWbxml ? '01-req.wbxml' : '01-req.xml')));
    const document = isWbxml ? decodeWbxml(bytes) : decodeXml(bytes);
    const xml = toolXml(encodeWbxml(document));
    expect(xml).toContain('<LocName>alice</LocName>');
    if (!usesPage2(document.root)) expect(xml).not.toMatch(/unknown>/i);
  });
});

describe('xml2wbxml', () => {
  test.each(vectors.filter(({ id }) => !['V3', 'V10'].includes(id)))(
    'writes our XML of $id as we write the tree',
    ({ document, hex, id }) => {
      const wbxml = toolWbxml(withDoctype(document), '-v', '1.2', '-n');
      expect(equalDocuments(decodeWbxml(wbxml), document)).toBe(true);
      // It writes V5's item, which is markup, as a string; we were given bytes.
      if (id !== 'V5') expect(wbxml).toEqual(fromHex(hex));
    },
  );

  test('writes random documents that we read as they were, with and without string table', () => {
    const known = fc.oneof(xmlDocument, pushDocument).filter(({ root }) => !usesPage2(root) && !isRewritten(root));
    fc.assert(
      fc.property(known, fc.constantFrom('1.1', '1.2', '1.3'), fc.boolean(), (document, version, table) => {
        const wbxml = toolWbxml(withDoctype(document), '-v', version, ...(table ? [] : ['-n']));
        const decoded = decodeWbxml(wbxml);
        expect(decoded.wbxmlVersion).toBe(version);
        expect(equalDocuments(decoded, document)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('writes a string table that we read', () => {
    const uri = element('syncml', 'LocURI', 'http://sync.example.com/a-long-address');
    const type: DocumentType = 'SyncML 1.2';
    const document: Document = {
      type,
      root: element(
        'syncml',
        'SyncML',
        Array.from({ length: 4 }, () => element('syncml', 'Target', uri)),
      ),
    };
    const wbxml = toolWbxml(withDoctype(document));
    expect(wbxml.length).toBeLessThan(encodeWbxml(document).length);
    expect(equalDocuments(decodeWbxml(wbxml), document)).toBe(true);
  });
});

/** The document with embedded WBXML as elements, and its type in Meta changed to match. */
function unpacked(document: Document): Document {
  const replace = (node: Element): Element =>
    element(
      node.space,
      node.name,
      node.content.map((piece) => {
        if (piece instanceof Uint8Array) return decodeWbxml(piece).root;
        return typeof piece === 'string' ? piece.replace('devinf+wbxml', 'devinf+xml') : replace(piece);
      }),
    );
  return { type: document.type, root: replace(document.root) };
}
