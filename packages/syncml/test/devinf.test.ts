import { decodeWbxml, decodeXml, encodeWbxml, encodeXml } from '@packetboat/wbxml';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateDevInf, parseDevInf } from '../src/index.ts';
import type { DevInf } from '../src/index.ts';
import { devInf } from './arbitrary.ts';
import { utf8, utf8Text } from './hex.ts';

const versions = ['1.0', '1.1', '1.2'] as const;
const read = (xml: string): DevInf => parseDevInf(decodeXml(utf8(`<DevInf xmlns="syncml:devinf">${xml}</DevInf>`)));
const inner = (info: DevInf): string => utf8Text(encodeXml(generateDevInf(info), { declaration: false }));

const code = (reason: string): unknown => expect.objectContaining({ code: `ERR_SYNCML_${reason}` });

describe('device information', () => {
  it.each(versions)('comes back as it was in %s, from both encodings', (version) => {
    fc.assert(
      fc.property(devInf(version), (info) => {
        const document = generateDevInf(info);
        expect(parseDevInf(decodeXml(encodeXml(document)))).toEqual(info);
        expect(parseDevInf(decodeWbxml(encodeWbxml(document)))).toEqual(info);
        expect(parseDevInf(decodeWbxml(encodeWbxml(document, { textualPublicId: true })))).toEqual(info);
      }),
      { numRuns: 60 },
    );
  });

  it('is read in the order of real phones: DevTyp first, flags swapped, Property children of libsynthesis', () => {
    const info = read(
      '<DevTyp>phone</DevTyp><SupportNumberOfChanges/><SupportLargeObjs/><DevID>IMEI:1</DevID><Ext><XVal>b</XVal><XNam>x</XNam></Ext>' +
        '<DataStore><SyncCap><SyncType>1</SyncType></SyncCap><CTCap><Property><ValEnum>a</ValEnum><MaxSize>9</MaxSize><MaxOccur>2</MaxOccur>' +
        '<PropName>N</PropName></Property><VerCT>1.2</VerCT><CTType>t/x</CTType></CTCap><DSMem/><SourceRef>c:\\Documents</SourceRef></DataStore>' +
        '<VerDTD>1.2</VerDTD>',
    );
    expect(info).toEqual({
      version: '1.2',
      devId: 'IMEI:1',
      devTyp: 'phone',
      supportLargeObjs: true,
      supportNumberOfChanges: true,
      dataStores: [
        {
          sourceRef: 'c:\\Documents',
          rx: [],
          tx: [],
          ctCaps: [{ ctType: 't/x', verCt: '1.2', properties: [{ propName: 'N', maxOccur: 2, maxSize: 9, valEnum: ['a'] }] }],
          dsMem: {},
          syncCap: [1],
          filterRx: [],
          filterCaps: [],
        },
      ],
      ctCaps: [],
      ext: [{ xNam: 'x', xVal: ['b'] }],
    });
  });

  it('takes VerDTD from the document where the element is missing', () => {
    const document = generateDevInf({ version: '1.1', devId: 'd', devTyp: 'pda', dataStores: [], ctCaps: [], ext: [] });
    const content = document.root.content.slice(1);
    expect(parseDevInf({ ...document, root: { ...document.root, content } }).version).toBe('1.1');
    expect(() => parseDevInf({ ...document.root, content })).toThrow(
      expect.objectContaining({ code: 'ERR_SYNCML_MISSING_ELEMENT', path: 'DevInf/VerDTD' }),
    );
  });

  it('is refused: another document, an unknown version, no DevID, no SourceRef, a number that is none', () => {
    expect(() => parseDevInf(decodeXml(utf8('<Email/>')))).toThrow(code('MALFORMED'));
    expect(() => read('<VerDTD>1.3</VerDTD><DevID>d</DevID>')).toThrow(code('VERSION'));
    expect(() => read('<VerDTD>1.2</VerDTD>')).toThrow(code('MISSING_ELEMENT'));
    expect(() => read('<VerDTD>1.2</VerDTD><DevID>d</DevID><DataStore/>')).toThrow(code('MISSING_ELEMENT'));
    const store = '<DataStore><SourceRef>a</SourceRef><SyncCap><SyncType>two-way</SyncType></SyncCap></DataStore>';
    expect(() => read(`<VerDTD>1.2</VerDTD><DevID>d</DevID>${store}`)).toThrow(code('BAD_VALUE'));
  });
});

describe('CTCap of 1.1', () => {
  const flat =
    '<CTCap><CTType>text/x-vcard</CTType><PropName>BEGIN</PropName><ValEnum>VCARD</ValEnum><PropName>TEL</PropName><DataType>chr</DataType>' +
    '<Size>40</Size><DisplayName>Phone</DisplayName><ParamName>TYPE</ParamName><ValEnum>HOME</ValEnum><ValEnum>WORK</ValEnum>' +
    '<ParamName>X</ParamName><DataType>int</DataType><Size>3</Size><DisplayName>ex</DisplayName><CTType>text/plain</CTType><PropName>A</PropName></CTCap>';
  const ctCaps = [
    {
      ctType: 'text/x-vcard',
      properties: [
        { propName: 'BEGIN', valEnum: ['VCARD'] },
        {
          propName: 'TEL',
          dataType: 'chr',
          maxSize: 40,
          displayName: 'Phone',
          propParam: [
            { paramName: 'TYPE', valEnum: ['HOME', 'WORK'] },
            { paramName: 'X', dataType: 'int', size: 3, displayName: 'ex' },
          ],
        },
      ],
    },
    { ctType: 'text/plain', properties: [{ propName: 'A' }] },
  ];
  const head = '<VerDTD>1.1</VerDTD><DevID>d</DevID><DevTyp>phone</DevTyp>';

  it('is a flat run that is read into nested properties, and written flat again', () => {
    const info = read(`${head}${flat}`);
    expect(info.ctCaps).toEqual(ctCaps);
    expect(inner(info)).toBe(`<DevInf xmlns="syncml:devinf">${head}${flat}</DevInf>`);
  });

  it('takes the CTCaps of the datastores along when 1.2 information is written as 1.1', () => {
    const store = {
      sourceRef: './mail',
      rx: [],
      tx: [],
      ctCaps,
      syncCap: [1],
      filterRx: [],
      filterCaps: [],
      supportHierarchicalSync: true,
    };
    const old: DevInf = { version: '1.1', devId: 'd', devTyp: 'phone', dataStores: [store], ctCaps: [], ext: [] };
    const xml = inner(old);
    expect(xml).toContain(`</DataStore>${flat}`);
    expect(xml).not.toContain('SupportHierarchicalSync');
  });
});

describe('the token that Size and MaxSize share', () => {
  it('carries the size of a property in both versions', () => {
    const property = { propName: 'emailitem', maxSize: 2048 };
    for (const version of ['1.1', '1.2'] as const) {
      const cap = { ctType: 'a/b', properties: [property] };
      const store = { sourceRef: 's', rx: [], tx: [], ctCaps: version === '1.2' ? [cap] : [], syncCap: [], filterRx: [], filterCaps: [] };
      const info: DevInf = { version, devId: 'd', devTyp: 'pda', dataStores: [store], ctCaps: version === '1.1' ? [cap] : [], ext: [] };
      expect(parseDevInf(decodeWbxml(encodeWbxml(generateDevInf(info))))).toEqual(info);
    }
  });
});
