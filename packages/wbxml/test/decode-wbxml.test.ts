import { describe, expect, test } from 'vitest';
import { decodeWbxml, element } from '../src/index.ts';
import type { DecodeOptions, Document, Element } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { concat, fromHex, utf8 } from './hex.ts';

const head12 = '02 a401 6a 00';
const decode = (hex: string, options?: DecodeOptions): Document => decodeWbxml(fromHex(hex), options);
const root = (hex: string): Element => decode(hex).root;
const failure = (hex: string, options?: DecodeOptions): { code: string; offset: number | undefined; path: string } => {
  const { code, offset, path } = failureOf(() => decode(hex, options));
  return { code, offset, path };
};
const hexOf = (text: string): string => Array.from(utf8(text), (byte) => byte.toString(16).padStart(2, '0')).join('');

describe('the header', () => {
  const fpi = '-//SYNCML//DTD SyncML 1.0//EN';

  test('names the document by number', () => {
    const types = ['9f51', '9f52', '9f53', '9f54', 'a401', 'a403'].map((id) => decode(`02 ${id} 6a 00 05`).type);
    expect(types).toEqual(['SyncML 1.0', 'DevInf 1.0', 'SyncML 1.1', 'DevInf 1.1', 'SyncML 1.2', 'DevInf 1.2']);
  });

  test('names the document by text, with and without a closing NUL', () => {
    expect(decode(`02 00 00 6a 1d ${hexOf(fpi)} 2d`).type).toBe('SyncML 1.0');
    expect(decode(`02 00 00 6a 1e ${hexOf(fpi)} 00 2d`).type).toBe('SyncML 1.0');
  });

  test('names the document by text further back in the table', () => {
    expect(decode(`02 00 03 6a 21 ${hexOf('ab')} 00 ${hexOf(fpi)} 00 2d`).type).toBe('SyncML 1.0');
  });

  test('does not read the text beyond the table', () => {
    expect(failure(`02 00 00 6a 1c ${hexOf(fpi)} 2d`).code).toBe('ERR_WBXML_UNSUPPORTED');
  });

  test('may say nothing, and the first tag and VerDTD tell', () => {
    expect(decode('02 01 6a 00 6d 12 01').type).toBe('SyncML 1.2');
    expect(decode('02 01 6a 00 6d 6c 71 03 312e31 00 01 01 01').type).toBe('SyncML 1.1');
    expect(decode('02 01 6a 00 4a 65 03 312e30 00 01 1c 01')).toMatchObject({
      type: 'DevInf 1.0',
      root: { content: [{ name: 'VerDTD' }, { name: 'Size' }] },
    });
    expect(decode('02 01 6a 06 446576496e66 04 00').type).toBe('DevInf 1.2');
    expect(failure('02 01 6a 00 45 01')).toEqual({ code: 'ERR_WBXML_UNSUPPORTED', offset: 4, path: '' });
  });

  test('is refused with another version, public identifier or character set', () => {
    expect(failure('00 a401 6a 00 2d').code).toBe('ERR_WBXML_UNSUPPORTED');
    expect(failure('04 a401 6a 00 2d')).toEqual({ code: 'ERR_WBXML_UNSUPPORTED', offset: 0, path: '' });
    expect(failure('12 a401 6a 00 2d').code).toBe('ERR_WBXML_UNSUPPORTED');
    expect(failure('02 02 6a 00 2d')).toEqual({ code: 'ERR_WBXML_UNSUPPORTED', offset: 1, path: '' });
    expect(failure('02 a401 04 00 2d')).toEqual({ code: 'ERR_WBXML_CHARSET', offset: 3, path: '' });
  });

  test('may claim US-ASCII or an unknown character set', () => {
    expect(decode('02 a401 03 00 2d').type).toBe('SyncML 1.2');
    expect(decode('02 a401 00 00 2d').type).toBe('SyncML 1.2');
  });
});

describe('text', () => {
  const table = 'a401 6a 06 6f6e65 00 7477';

  test('of every kind in a row is one string', () => {
    expect(root(`02 ${table} 4f 03 61 00 83 00 02 81 20 83 04 03 00 01`)).toEqual(element('syncml', 'Data', 'aone\u00a0tw'));
  });

  test('keeps OPAQUE apart, each piece as its bytes', () => {
    expect(root(`${head12} 4f 03 61 00 c3 01 ff c3 02 6263 03 64 00 03 65 00 01`)).toEqual(
      element('syncml', 'Data', ['a', fromHex('ff'), utf8('bc'), 'de']),
    );
  });

  test('that is empty is no content', () => {
    expect(root(`${head12} 4f 03 00 01`).content).toEqual([]);
    expect(root(`${head12} 52 01`)).toEqual(element('syncml', 'Final'));
    expect(root(`${head12} 12`)).toEqual(element('syncml', 'Final'));
  });

  test('must be UTF-8, to the byte', () => {
    expect(root(`${head12} 4f 03 ${hexOf('é€😀\u{feff}')} 00 01`).content).toEqual(['é€😀\u{feff}']);
    expect(failure(`${head12} 4f 03 61 c3 28 00 01`)).toEqual({ code: 'ERR_WBXML_CHARSET', offset: 8, path: 'Data' });
    for (const bad of ['ff', 'c080', 'e08080', 'eda080', 'f4908080', 'c3']) {
      expect(failure(`${head12} 4f 03 ${bad} 00 01`)).toEqual({ code: 'ERR_WBXML_CHARSET', offset: 7, path: 'Data' });
    }
    expect(failure(`02 a401 6a 02 c328 4f 83 00 01`).code).toBe('ERR_WBXML_CHARSET');
  });

  test('by an entity must be a character', () => {
    expect(root(`${head12} 4f 02 87 ec 00 01`).content).toEqual(['\u{1f600}']);
    expect(failure(`${head12} 4f 02 83 b0 00 01`)).toEqual({ code: 'ERR_WBXML_BAD_VALUE', offset: 6, path: 'Data' });
    expect(failure(`${head12} 4f 02 c4 80 00 01`).code).toBe('ERR_WBXML_BAD_VALUE');
  });

  test('in the table must begin inside of it', () => {
    expect(root(`02 a401 6a 02 61 00 4f 83 01 01`).content).toEqual([]);
    expect(failure(`02 a401 6a 02 61 00 4f 83 02 01`)).toEqual({ code: 'ERR_WBXML_BAD_VALUE', offset: 8, path: 'Data' });
    expect(failure(`${head12} 4f 83 00 01`).code).toBe('ERR_WBXML_BAD_VALUE');
  });
});

describe('tags', () => {
  test('belong to the page that was switched to last, whatever was closed since', () => {
    expect(root(`${head12} 6d 5a 00 01 53 03 78 00 01 01 07 00 00 0f 01`)).toEqual(
      element('syncml', 'SyncML', [
        element('syncml', 'Meta', element('metinf', 'Type', 'x')),
        element('metinf', 'Format'),
        element('syncml', 'Data'),
      ]),
    );
  });

  test('on page 2 of a message are device information, of the version that the message has', () => {
    expect(root(`${head12} 4f 00 02 1c 01`).content).toEqual([element('devinf', 'MaxSize')]);
    expect(root('02 9f53 6a 00 4f 00 02 1c 01').content).toEqual([element('devinf', 'Size')]);
    expect(root('02 9f54 6a 00 4a 1c 01').content).toEqual([element('devinf', 'Size')]);
    expect(root('02 a403 6a 00 4a 1c 01').content).toEqual([element('devinf', 'MaxSize')]);
  });

  test('may be spelled out', () => {
    expect(root('02 a401 6a 07 582d466f6f0000 6d 44 00 03 61 00 01 04 00 01')).toEqual(
      element('syncml', 'SyncML', [element('syncml', 'X-Foo', 'a'), element('syncml', 'X-Foo')]),
    );
    expect(failure('02 a401 6a 04 61206200 6d 04 00 01')).toEqual({ code: 'ERR_WBXML_BAD_VALUE', offset: 10, path: 'SyncML' });
  });

  test('that are unknown stop the document', () => {
    expect(failure(`${head12} 6d 6b 3f 01 01`)).toEqual({ code: 'ERR_WBXML_UNKNOWN_TOKEN', offset: 7, path: 'SyncML/SyncBody' });
    expect(failure(`${head12} 6d 30 01`).code).toBe('ERR_WBXML_UNKNOWN_TOKEN');
    expect(failure(`${head12} 6d 00 03 05 01`)).toEqual({ code: 'ERR_WBXML_UNKNOWN_TOKEN', offset: 8, path: 'SyncML' });
    expect(failure('02 a403 6a 00 4a 00 01 05 01').code).toBe('ERR_WBXML_UNKNOWN_TOKEN');
    expect(failure(`${head12} 6d 40 61 00 01`).code).toBe('ERR_WBXML_UNKNOWN_TOKEN');
    expect(failure(`${head12} 6d c0 01`).code).toBe('ERR_WBXML_UNKNOWN_TOKEN');
  });
});

describe('attributes', () => {
  test('of a Nokia phone that declares a namespace without a string table are dropped', () => {
    expect(root(`${head12} ed 04 00 03 ${hexOf('SYNCML:SYNCML1.2')} 00 01 12 01`)).toEqual(
      element('syncml', 'SyncML', element('syncml', 'Final')),
    );
  });

  test('that declare namespaces through the table are dropped', () => {
    const table = `14 ${hexOf('xmlns')} 00 ${hexOf('xmlns:a')} 00 ${hexOf('urn:x')} 00`;
    expect(root(`02 a401 6a ${table} ad 04 00 83 0e 04 06 83 0e 01`)).toEqual(element('syncml', 'SyncML'));
  });

  test('are read from start and value tokens, strings and dates', () => {
    const sl = decode(`02 06 6a 00 85 0a 03 6578 00 02 2d 85 03 61 00 06 01`);
    expect(sl).toMatchObject({ type: 'SL 1.0', root: { attributes: { href: 'http://www.ex-.com/a', action: 'execute-high' } } });
    expect(decode('02 0d 6a 00 85 05 c3 04 20060517 01').root.attributes).toEqual({ timestamp: '2006-05-17T00:00:00Z' });
  });

  test('must be dates where dates belong', () => {
    for (const bad of ['03 200605', '04 2006051a', '04 20061317', '05 2006051724', '08 2006051712345600', '00']) {
      expect(failure(`02 0d 6a 00 85 05 c3 ${bad} 01`).code).toBe('ERR_WBXML_BAD_VALUE');
    }
  });

  test('are refused when unknown, without a name, or given twice', () => {
    expect(failure('02 0d 6a 00 85 0e 01')).toEqual({ code: 'ERR_WBXML_UNKNOWN_TOKEN', offset: 5, path: 'emn' });
    expect(failure('02 0d 6a 00 85 89 01').code).toBe('ERR_WBXML_BAD_VALUE');
    expect(failure('02 0d 6a 00 85 06 89 01').code).toBe('ERR_WBXML_UNKNOWN_TOKEN');
    expect(failure('02 0d 6a 00 85 06 07 01').code).toBe('ERR_WBXML_BAD_VALUE');
    expect(failure(`${head12} 8f 05 01`).code).toBe('ERR_WBXML_UNKNOWN_TOKEN');
  });

  test('named like a property of every object are attributes all the same', () => {
    const name = '__proto__';
    const { attributes } = decode(`02 0d 6a 09 ${hexOf(name)} 85 04 00 03 61 00 01`).root;
    expect(Object.entries(attributes ?? {})).toEqual([[name, 'a']]);
  });
});

describe('the structure', () => {
  test('may have processing instructions around it, and page switches after it', () => {
    const table = `05 ${hexOf('abcd')} 00`;
    expect(root(`02 a401 6a ${table} 43 04 00 03 78 00 01 52 43 04 00 01 01 43 04 00 01 00 01 00 00`)).toEqual(element('syncml', 'Final'));
  });

  test('has nothing else outside of the root', () => {
    expect(failure(`${head12} 12 12`)).toEqual({ code: 'ERR_WBXML_BAD_VALUE', offset: 6, path: '' });
    expect(failure(`${head12} 03 61 00 12`).code).toBe('ERR_WBXML_BAD_VALUE');
    expect(failure(`${head12} 01`).code).toBe('ERR_WBXML_BAD_VALUE');
    expect(failure(head12)).toEqual({ code: 'ERR_WBXML_TRUNCATED', offset: 5, path: '' });
    expect(failure('').code).toBe('ERR_WBXML_TRUNCATED');
  });

  test('has integers of 32 bits', () => {
    expect(failure(`${head12} 4f c3 90 80 80 80 00 01`)).toEqual({ code: 'ERR_WBXML_BAD_VALUE', offset: 7, path: 'Data' });
    expect(failure(`${head12} 4f c3 8f ff ff ff 7f 01`).code).toBe('ERR_WBXML_TRUNCATED');
    expect(failure(`${head12} 4f c3 80 80 80 80 80 01 01`).code).toBe('ERR_WBXML_BAD_VALUE');
    expect(root(`${head12} 4f c3 80 80 80 80 01 61 01`).content).toEqual([utf8('a')]);
  });

  test('names the place of an error by the open elements', () => {
    expect(failure(`${head12} 6d 6b 46 4b 03 31`)).toEqual({
      code: 'ERR_WBXML_TRUNCATED',
      offset: 10,
      path: 'SyncML/SyncBody/Alert/CmdID',
    });
  });
});

/** A text that uses a string of ten letters so many times. */
const uses = (count: number): string => `02 a401 6a 0a ${hexOf('0123456789')} 4f ${'83 00'.repeat(count)} 01`;

describe('limits', () => {
  test('bound the input', () => {
    expect(failure(`${head12} 12`, { limits: { bytes: 5 } }).code).toBe('ERR_WBXML_LIMIT');
    expect(decode(`${head12} 12`, { limits: { bytes: 6 } }).type).toBe('SyncML 1.2');
  });

  test('bound what the string table expands to, at each use', () => {
    expect(decode(uses(10), { limits: { expandedBytes: 100 } }).root.content).toEqual(['0123456789'.repeat(10)]);
    expect(failure(uses(11), { limits: { expandedBytes: 100 } })).toMatchObject({ code: 'ERR_WBXML_LIMIT', path: 'Data' });
  });

  test('bound strings, OPAQUE, entities and attribute values', () => {
    const limits = { expandedBytes: 3 };
    expect(failure(`${head12} 4f 03 61626364 00 01`, { limits }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure(`${head12} 4f c3 04 61626364 01`, { limits }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure(`${head12} 4f 02 61 01`, { limits }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure('02 0d 6a 00 85 06 85 01', { limits }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure('02 0d 6a 00 85 07 01', { limits }).code).toBe('ERR_WBXML_LIMIT');
  });

  test('bound depth, nodes, attributes and names', () => {
    expect(decode(`${head12} 6d 6d 2d 01 01`, { limits: { depth: 3 } }).type).toBe('SyncML 1.2');
    expect(failure(`${head12} 6d 6d 2d 01 01`, { limits: { depth: 2 } })).toMatchObject({ code: 'ERR_WBXML_LIMIT', path: 'SyncML/SyncML' });
    expect(failure(`${head12} 6d 12 12 01`, { limits: { nodes: 2 } }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure(`${head12} 4f c3 00 c3 00 01`, { limits: { nodes: 2 } }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure('02 0d 6a 00 85 05 06 01', { limits: { attributes: 1 } }).code).toBe('ERR_WBXML_LIMIT');
    expect(failure('02 a401 6a 03 616263 04 00', { limits: { nameBytes: 2 } }).code).toBe('ERR_WBXML_LIMIT');
  });
});

test('a subclass of Uint8Array, and a view into a larger buffer, are read as their bytes', () => {
  const bytes = fromHex(`${head12} 4f c3 02 6263 01`);
  const decoded = decodeWbxml(Buffer.from(bytes));
  expect(decoded.root.content).toEqual([utf8('bc')]);
  expect(decoded.root.content[0]?.constructor).toBe(Uint8Array);
  expect(decodeWbxml(concat(0xff, bytes, 0xff).subarray(1, 1 + bytes.length)).root.content).toEqual([utf8('bc')]);
});
