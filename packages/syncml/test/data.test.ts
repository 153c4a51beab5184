import { encodeWbxml } from '@packetboat/wbxml';
import type { Document, Element } from '@packetboat/wbxml';
import { describe, expect, it } from 'vitest';
import { dataBytes, dataText, decodeMessage, encodeMessage } from '../src/index.ts';
import type { Message } from '../src/index.ts';
import { parseMeta } from '../src/meta.ts';
import { rootNode } from '../src/read.ts';
import { fromHex, utf8, utf8Text } from './hex.ts';
import { firstCommand, headerXml, readData, readItem, readMessage } from './sample.ts';
import { devInfHex, devInfVector, vectors } from './vectors.ts';

const xmlDevInf = '<DevInf xmlns="syncml:devinf"><VerDTD>1.2</VerDTD><Man>X</Man><DevTyp>phone</DevTyp><DevID>b</DevID><UTC/></DevInf>';
const type = (value: string): string => `<Meta><Type xmlns="syncml:metinf">${value}</Type></Meta>`;
const devInfXmlType = type('application/vnd.syncml-devinf+xml');

const el = (name: string, ...children: Element['content']): Element => ({ space: 'syncml', name, content: children });

/** A message with an Add in WBXML whose Data has this content. */
function wbxmlData(content: Element['content'], metaType: string): Message {
  const root = messageDocument(el('Data', ...content), metaType);
  return decodeMessage(encodeWbxml(root), 'wbxml');
}

function messageDocument(data: Element, metaType: string): Document {
  const loc = (name: string, uri: string): Element => el(name, el('LocURI', uri));
  const header = el(
    'SyncHdr',
    el('VerDTD', '1.2'),
    el('VerProto', 'SyncML/1.2'),
    el('SessionID', '1'),
    el('MsgID', '1'),
    loc('Target', 'a'),
    loc('Source', 'b'),
  );
  const meta = el('Meta', { space: 'metinf', name: 'Type', content: [metaType] });
  const put = el('Put', el('CmdID', '1'), meta, el('Item', loc('Source', './devinf12'), data));
  return { type: 'SyncML 1.2', root: el('SyncML', header, el('SyncBody', put)) };
}

describe('a chunk that ends within a character', () => {
  const item = '<Item><Source><LocURI>7</LocURI></Source><Data><![CDATA[|]]></Data><MoreData/></Item>';
  const body = `<SyncBody><Add><CmdID>1</CmdID>${item}</Add></SyncBody>`;
  const [before = '', after = ''] = `<SyncML xmlns="SYNCML:SYNCML1.2">${headerXml}${body}</SyncML>`.split('|');
  const chunk = (bytes: Uint8Array): Uint8Array | undefined => {
    const command = decodeMessage(new Uint8Array(Buffer.concat([utf8(before), bytes, utf8(after)])), 'xml').commands[0];
    return command?.name === 'Add' ? dataBytes(command.items[0]?.data) : undefined;
  };

  it('keeps its bytes in XML, and so do the chunks after it', () => {
    const whole = utf8('Überfahrt 🚢\r\nветер');
    for (let at = 0; at <= whole.length; at += 1) {
      expect(chunk(whole.subarray(0, at)) ?? new Uint8Array()).toEqual(whole.slice(0, at));
      expect(chunk(whole.subarray(at)) ?? new Uint8Array()).toEqual(whole.slice(at));
    }
  });
});

describe('device information in Data', () => {
  const expected = { kind: 'devInf', devInf: devInfVector };

  it('is read as a child element', () => {
    expect(readData(`<Data>${xmlDevInf}</Data>`)).toEqual(expected);
  });

  it('is read as escaped text and in CDATA, where the type says what it is', () => {
    expect(readData(`<Data>${xmlDevInf.replaceAll('<', '&lt;')}</Data>`, devInfXmlType)).toEqual(expected);
    expect(readData(`<Data><![CDATA[<?xml version="1.0"?>${xmlDevInf}]]></Data>`, devInfXmlType)).toEqual(expected);
    expect(readData(`<Data><![CDATA[${xmlDevInf}]]></Data>`, type('text/xml'))?.kind).toBe('text');
  });

  it('is known by its LocURI where there is no type', () => {
    const item = readItem(`<Source><LocURI>./devinf12</LocURI></Source><Data><![CDATA[${xmlDevInf}]]></Data>`);
    expect(item.data).toEqual(expected);
  });

  it('is read from a WBXML message as a WBXML document, as XML in OPAQUE and as XML text, whatever the type says', () => {
    for (const content of [fromHex(devInfHex), utf8(xmlDevInf), xmlDevInf]) {
      for (const metaType of ['application/vnd.syncml-devinf+wbxml', 'application/vnd.syncml-devinf+xml']) {
        const put = firstCommand(wbxmlData([content], metaType), 'Put');
        expect(put.items[0]?.data).toEqual(expected);
      }
    }
  });

  it('stays text or bytes where it cannot be read, and does not cost the message', () => {
    expect(readData('<Data>no device information</Data>', devInfXmlType)).toEqual({ kind: 'text', text: 'no device information' });
    const broken = fromHex(devInfHex).slice(0, 20);
    expect(firstCommand(wbxmlData([broken], 'application/vnd.syncml-devinf+wbxml'), 'Put').items[0]?.data).toEqual({
      kind: 'bytes',
      bytes: broken,
    });
    const unknown = readData('<Data><DevInf xmlns="syncml:devinf"><VerDTD>9</VerDTD><DevID>x</DevID></DevInf></Data>');
    expect(unknown?.kind).toBe('text');
    expect(dataText(unknown)).toContain('<VerDTD>9</VerDTD>');
  });

  it('gets the Type of the encoding that carries it, on the command and on the item', () => {
    const put = vectors.find(({ name }) => name.startsWith('V3'))?.message ?? expect.unreachable();
    expect(firstCommand(decodeMessage(encodeMessage(put, 'xml'), 'xml'), 'Put').meta?.type).toBe('application/vnd.syncml-devinf+xml');
    const results: Message = {
      ...put,
      commands: [
        {
          name: 'Results',
          cmdId: '1',
          cmdRef: '2',
          items: [{ meta: { type: 'application/vnd.syncml-devinf+xml' }, data: { kind: 'devInf', devInf: devInfVector } }],
        },
        { name: 'Get', cmdId: '2', meta: { type: 'application/vnd.syncml-devinf+xml' }, items: [{ target: { locUri: './devinf12' } }] },
      ],
    };
    const read = decodeMessage(encodeMessage(results, 'wbxml'), 'wbxml');
    expect(firstCommand(read, 'Results').items[0]).toEqual({
      meta: { type: 'application/vnd.syncml-devinf+wbxml' },
      data: { kind: 'devInf', devInf: devInfVector },
    });
    expect(read.commands[1]?.meta?.type).toBe('application/vnd.syncml-devinf+wbxml');
  });

  it('keeps the XML type where the caller sends XML text in WBXML, as some servers need', () => {
    const put = vectors.find(({ name }) => name.startsWith('V3'))?.message ?? expect.unreachable();
    const xml: Message = {
      ...put,
      commands: [
        {
          name: 'Put',
          cmdId: '1',
          meta: { type: 'application/vnd.syncml-devinf+xml' },
          items: [{ source: { locUri: './devinf12' }, data: { kind: 'text', text: xmlDevInf } }],
        },
      ],
    };
    const read = firstCommand(decodeMessage(encodeMessage(xml, 'wbxml'), 'wbxml'), 'Put');
    expect(read.meta?.type).toBe('application/vnd.syncml-devinf+xml');
    expect(read.items[0]?.data).toEqual(expected);
  });

  it('carries the 1.0 public identifier in words, as the message around it does', () => {
    const devInf = { ...devInfVector, version: '1.0' as const };
    const message: Message = {
      header: { version: '1.0', sessionId: '1', msgId: '1', target: { locUri: 'a' }, source: { locUri: 'b' } },
      commands: [{ name: 'Put', cmdId: '1', items: [{ source: { locUri: './devinf10' }, data: { kind: 'devInf', devInf } }] }],
      final: true,
    };
    const bytes = encodeMessage(message, 'wbxml');
    expect(utf8Text(bytes.slice(5, 34))).toBe('-//SYNCML//DTD SyncML 1.0//EN');
    expect(new TextDecoder('latin1').decode(bytes)).toContain('-//SYNCML//DTD DevInf 1.0//EN');
    expect(firstCommand(decodeMessage(bytes, 'wbxml'), 'Put').items[0]?.data?.kind).toBe('devInf');
  });
});

describe('other Data', () => {
  it('is an anchor: alone, in Meta as Symbian echoes it, or in MetInf', () => {
    const anchor = '<Anchor xmlns="syncml:metinf"><Last>1</Last><Next>2</Next></Anchor>';
    const expected = { kind: 'anchor', anchor: { last: '1', next: '2' } };
    expect(readData(`<Data>${anchor}</Data>`)).toEqual(expected);
    expect(readData(`<Data><Meta>${anchor}</Meta></Data>`)).toEqual(expected);
    expect(readData(`<Data><Meta><MetInf xmlns="syncml:metinf">${anchor}</MetInf></Meta></Data>`)).toEqual(expected);
  });

  it('comes back as XML text where a client did not escape its object', () => {
    const data = readData('<Data><Email><read>true</read><emailitem>a &amp; b</emailitem></Email></Data>');
    expect(dataText(data)).toBe('<Email><read>true</read><emailitem>a &amp; b</emailitem></Email>');
  });

  it('of bytes is written as text into XML', () => {
    const message: Message = {
      header: readMessage('').header,
      commands: [{ name: 'Add', cmdId: '1', items: [{ data: { kind: 'bytes', bytes: utf8('<a>\r\n]]>é</a>') } }] }],
      final: true,
    };
    for (const cdata of [false, true]) {
      const xml = encodeMessage(message, 'xml', { cdata });
      expect(utf8Text(xml).includes('<![CDATA[')).toBe(cdata);
      const data = firstCommand(decodeMessage(xml, 'xml'), 'Add').items[0]?.data;
      expect(data).toEqual({ kind: 'text', text: '<a>\r\n]]>é</a>' });
      expect(dataBytes(data)).toEqual(utf8('<a>\r\n]]>é</a>'));
    }
  });

  it('is joined from several strings and OPAQUE pieces', () => {
    const put = firstCommand(wbxmlData(['ab', Uint8Array.of(0, 1), 'c'], 'text/plain'), 'Put');
    expect(put.items[0]?.data).toEqual({ kind: 'bytes', bytes: Uint8Array.of(97, 98, 0, 1, 99) });
    expect(dataText(put.items[0]?.data)).toBe('ab\0\u0001c');
    expect(dataText({ kind: 'bytes', bytes: Uint8Array.of(255) })).toBeUndefined();
    expect(dataBytes({ kind: 'anchor', anchor: { next: '1' } })).toBeUndefined();
  });
});

const meta = (content: string): unknown => readItem(`<Meta>${content}</Meta>`).meta;

describe('Meta', () => {
  it('is read with and without namespaces and with the MetInf wrapper', () => {
    const expected = { type: 'a/b', size: 7 };
    expect(meta('<Size>7</Size><Type>a/b</Type>')).toEqual(expected);
    expect(meta('<Type xmlns="syncml:metinf">a/b</Type><Size xmlns="syncml:metinf"> 7 </Size>')).toEqual(expected);
    expect(meta('<MetInf xmlns="syncml:metinf"><Type>a/b</Type><Size>7</Size></MetInf>')).toEqual(expected);
  });

  it('decodes a nonce from base64 and takes text that is none as it is', () => {
    expect(meta('<Format>b64</Format><NextNonce>Tm9u\nY2U=</NextNonce>')).toEqual({ format: 'b64', nextNonce: utf8('Nonce') });
    expect(meta('<NextNonce>Tm9uY2U</NextNonce>')).toEqual({ nextNonce: utf8('Nonce') });
    expect(meta('<NextNonce>no+base64!</NextNonce>')).toEqual({ nextNonce: utf8('no+base64!') });
    expect(() => meta('<Format>b64</Format><NextNonce>!</NextNonce>')).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE' }));
  });

  it('takes a nonce that came as OPAQUE for raw bytes', () => {
    const nonce = Uint8Array.of(0x54, 0x6d, 0x39, 0x75, 0x00, 0xff);
    const node = rootNode({ space: 'syncml', name: 'Meta', content: [{ space: 'metinf', name: 'NextNonce', content: [nonce] }] });
    expect(parseMeta(node)).toEqual({ nextNonce: nonce });
  });

  it('leaves out what an older version does not have', () => {
    const header = { ...readMessage('').header, version: '1.0' as const, meta: { maxMsgSize: 5, maxObjSize: 6 } };
    const sync: Message = {
      header,
      commands: [{ name: 'Sync', cmdId: '1', numberOfChanges: 3, meta: { fieldLevel: true, type: 'a' }, commands: [] }],
      final: true,
    };
    const read = decodeMessage(encodeMessage(sync, 'xml'), 'xml');
    expect(read.header.meta).toEqual({ maxMsgSize: 5 });
    expect(read.commands).toEqual([{ name: 'Sync', cmdId: '1', meta: { type: 'a' }, commands: [] }]);
  });
});

describe('a message', () => {
  it('ignores elements that it does not know', () => {
    const read = readMessage(
      '<Later><CmdID>1</CmdID></Later><Get><CmdID>2</CmdID><New/><Item><Target><LocURI>x</LocURI><Y/></Target></Item></Get>',
    );
    expect(read.commands).toEqual([{ name: 'Get', cmdId: '2', items: [{ target: { locUri: 'x' } }] }]);
  });

  it('keeps an empty LocURI and takes a missing CmdRef of the header for 0', () => {
    const read = readMessage(
      '<Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI/></Target></Item></Alert>' +
        '<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><Cmd>SyncHdr</Cmd><Data> 200 </Data></Status>',
    );
    expect(firstCommand(read, 'Alert').items[0]?.target).toEqual({ locUri: '' });
    expect(read.commands[1]).toMatchObject({ cmdRef: '0', data: '200' });
  });

  it('of an unknown version parses and says so', () => {
    const header = headerXml.replace('<VerDTD>1.2', '<VerDTD>2.0').replace('SyncML/1.2', 'SyncML/2.0');
    expect(readMessage('', header).header).toMatchObject({ version: '1.2', unknownVersion: { verDtd: '2.0', verProto: 'SyncML/2.0' } });
    const mixed = headerXml.replace('SyncML/1.2', 'SyncML/1.1');
    expect(readMessage('', mixed).header.unknownVersion).toEqual({ verDtd: '1.2', verProto: 'SyncML/1.1' });
  });
});
