import { encodeWbxml } from '@packetboat/wbxml';
import type { Element } from '@packetboat/wbxml';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../src/index.ts';
import { parsePropertyList } from '../src/property-list.ts';
import { rootNode } from '../src/read.ts';
import type { Message, Property } from '../src/index.ts';
import { fromHex, utf8 } from './hex.ts';
import { readFilter, readMessage } from './sample.ts';

const propertyXml =
  '<Property><PropName>emailitem</PropName><MaxSize>2048</MaxSize><PropParam><ParamName>texttype</ParamName></PropParam></Property>';
const properties: Property[] = [{ propName: 'emailitem', maxSize: 2048, propParam: [{ paramName: 'texttype' }] }];
const field = (data: string): string =>
  `<Field><Item><Meta><Type xmlns="syncml:metinf">application/vnd.syncml-devinf+xml</Type></Meta><Data>${data}</Data></Item></Field>`;
const recordXml =
  '<Record><Item><Meta><Type xmlns="syncml:metinf">syncml:filtertype-cgi</Type></Meta><Data><![CDATA[&LUID&iEQ;7]]></Data></Item></Record>';

describe('a filter', () => {
  it("is read in the order of Funambol's clients and without Meta", () => {
    const filter = readFilter(`<Filter>${recordXml}${field(propertyXml)}<FilterType>INCLUSIVE</FilterType></Filter>`);
    expect(filter).toEqual({
      field: properties,
      record: '&LUID&iEQ;7',
      recordType: 'syncml:filtertype-cgi',
      filterType: 'INCLUSIVE',
    });
  });

  it('keeps the type of a Record without a Data', () => {
    const record = '<Record><Item><Meta><Type xmlns="syncml:metinf">x/y</Type></Meta></Item></Record>';
    const message = readMessage(
      `<Alert><CmdID>1</CmdID><Item><Target><LocURI>a</LocURI><Filter>${record}</Filter></Target></Item></Alert>`,
    );
    expect(decodeMessage(encodeMessage(message, 'xml'), 'xml')).toEqual(message);
    expect(message.commands).toMatchObject([{ items: [{ target: { filter: { recordType: 'x/y' } } }] }]);
  });

  it('is read with Meta between, a lower case FilterType and the two colons of Symbian', () => {
    const record = recordXml.replace('syncml:filtertype', 'syncml::filtertype');
    const meta = '<Meta><Type xmlns="syncml:metinf">application/vnd.omads-email+xml</Type></Meta>';
    const filter = readFilter(`<Filter>${record}${meta}<FilterType> exclusive </FilterType></Filter>`);
    expect(filter).toEqual({
      meta: { type: 'application/vnd.omads-email+xml' },
      record: '&LUID&iEQ;7',
      recordType: 'syncml:filtertype-cgi',
      filterType: 'EXCLUSIVE',
    });
  });

  it('is refused with a FilterType that we do not know: EXCLUSIVE by mistake would delete mail', () => {
    expect(() => readFilter('<Filter><FilterType>PARTIAL</FilterType></Filter>')).toThrow(
      expect.objectContaining({
        code: 'ERR_SYNCML_BAD_VALUE',
        path: 'SyncML/SyncBody/Alert/Item/Target/Filter/FilterType',
        cmd: 'Alert',
        cmdId: '1',
      }),
    );
  });

  it('has an empty Field, which is not the same as none', () => {
    expect(readFilter('<Filter><Field><Item/></Field></Filter>')).toEqual({ field: [] });
    expect(readFilter('<Filter/>')).toEqual({});
  });

  it('cannot be written before 1.2', () => {
    const message: Message = {
      header: { ...readMessage('').header, version: '1.1' },
      commands: [{ name: 'Alert', cmdId: '1', items: [{ target: { locUri: './mail', filter: {} } }] }],
      final: true,
    };
    expect(() => encodeMessage(message, 'wbxml')).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_VERSION' }));
  });
});

const data = (...content: Element['content']): Property[] => parsePropertyList(rootNode({ space: 'syncml', name: 'Data', content }));

const devinf = (name: string, ...content: Element['content']): Element => ({ space: 'devinf', name, content });

describe('the property list of a Field', () => {
  const property = devinf(
    'Property',
    devinf('PropName', 'emailitem'),
    devinf('MaxSize', '2048'),
    devinf('PropParam', devinf('ParamName', 'texttype')),
  );

  it('is read as elements, also inside a CTCap', () => {
    expect(data(property)).toEqual(properties);
    expect(data(devinf('CTCap', devinf('CTType', 'a/b'), property, property))).toEqual([...properties, ...properties]);
  });

  it('is read as XML text, with a declaration and as bytes', () => {
    expect(data(propertyXml)).toEqual(properties);
    expect(data(utf8(`<?xml version="1.0"?>\n${propertyXml}${propertyXml}`))).toEqual([...properties, ...properties]);
    expect(readFilter(`<Filter>${field(`<![CDATA[${propertyXml}]]>`)}</Filter>`)).toEqual({ field: properties });
  });

  it('is read as an OPAQUE WBXML document and as a fragment without header', () => {
    const document = encodeWbxml({ type: 'DevInf 1.2', root: devinf('DevInf', devinf('DataStore', devinf('CTCap', property))) });
    expect(data(document)).toEqual(properties);
    expect(data(fromHex('6b5803656d61696c6974656d00015c033230343800016c5703746578747479706500010101'))).toEqual(properties);
  });

  it('is empty where there is nothing, and refused where there is something else', () => {
    expect(data()).toEqual([]);
    expect(data(' \n')).toEqual([]);
    expect(() => data('emailitem')).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE', path: 'Data' }));
    expect(() => data('<Property>')).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE' }));
  });
});
