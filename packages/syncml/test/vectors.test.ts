import { decodeWbxml, decodeXml, encodeWbxml } from '@packetboat/wbxml';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, generateDevInf, parseDevInf } from '../src/index.ts';
import { fromHex, toHex, utf8Text } from './hex.ts';
import { devInfHex, devInfVector, vectors } from './vectors.ts';

describe('messages whose bytes another toolkit made', () => {
  it.each(vectors)('writes $name', ({ message, hex }) => {
    expect(toHex(encodeMessage(message, 'wbxml'))).toBe(hex);
  });

  it.each(vectors)('reads $name', ({ message, hex }) => {
    expect(decodeMessage(fromHex(hex), 'wbxml')).toEqual(message);
  });

  it.each(vectors)('carries $name through XML', ({ message }) => {
    const read = decodeMessage(encodeMessage(message, 'xml'), 'xml');
    const again = decodeMessage(encodeMessage(read, 'xml'), 'xml');
    expect(again).toEqual(read);
    expect(read.header).toEqual(message.header);
    expect(read.commands.map(({ name, cmdId }) => [name, cmdId])).toEqual(message.commands.map(({ name, cmdId }) => [name, cmdId]));
  });

  it('writes and reads V4, device information alone', () => {
    expect(toHex(encodeWbxml(generateDevInf(devInfVector)))).toBe(devInfHex);
    expect(parseDevInf(decodeWbxml(fromHex(devInfHex)))).toEqual(devInfVector);
  });
});

describe('the XML form', () => {
  it('is what SyncML clients write: namespaces on the children of Meta and on DevInf', () => {
    const put = vectors.find(({ name }) => name.startsWith('V3'));
    const xml = utf8Text(encodeMessage(put?.message ?? expect.unreachable(), 'xml'));
    expect(xml).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto>' +
        '<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody><Put>' +
        '<CmdID>1</CmdID><Meta><Type xmlns="syncml:metinf">application/vnd.syncml-devinf+xml</Type></Meta><Item><Source><LocURI>./devinf12' +
        '</LocURI></Source><Data><DevInf xmlns="syncml:devinf"><VerDTD>1.2</VerDTD><Man>X</Man><DevID>b</DevID><DevTyp>phone</DevTyp><UTC/>' +
        '</DevInf></Data></Item></Put><Final/></SyncBody></SyncML>',
    );
    expect(decodeXml(encodeMessage(put?.message ?? expect.unreachable(), 'xml')).type).toBe('SyncML 1.2');
  });
});
