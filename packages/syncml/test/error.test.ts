import { describe, expect, it } from 'vitest';
import { SyncmlError, decodeMessage, encodeMessage, parseMessage } from '../src/index.ts';
import type { Message } from '../src/index.ts';
import { utf8 } from './hex.ts';
import { headerXml, messageXml, readMessage } from './sample.ts';

function errorOf(commands: string, header = headerXml): SyncmlError {
  try {
    decodeMessage(messageXml(commands, header), 'xml');
  } catch (error) {
    if (error instanceof SyncmlError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('a message that lacks something', () => {
  it.each(['VerDTD', 'VerProto', 'SessionID', 'MsgID', 'Target', 'Source'])('is refused without %s in the header', (name) => {
    const header = headerXml.replace(new RegExp(`<${name}>.*?</${name}>`), '');
    expect(errorOf('', header)).toMatchObject({ code: 'ERR_SYNCML_MISSING_ELEMENT', path: `SyncML/SyncHdr/${name}`, header: undefined });
  });

  it('is refused without SyncHdr and without SyncBody', () => {
    expect(() => decodeMessage(utf8('<SyncML xmlns="SYNCML:SYNCML1.2"/>'), 'xml')).toThrow(
      expect.objectContaining({ path: 'SyncML/SyncHdr' }),
    );
    expect(() => decodeMessage(utf8(`<SyncML xmlns="SYNCML:SYNCML1.2">${headerXml}</SyncML>`), 'xml')).toThrow(
      expect.objectContaining({ path: 'SyncML/SyncBody', header: expect.objectContaining({ msgId: '1' }) }),
    );
  });

  it('can still be answered: the error holds the header and names the command', () => {
    const error = errorOf('<Get><CmdID>1</CmdID></Get><Map><CmdID>7</CmdID><Source><LocURI>a</LocURI></Source></Map>');
    expect(error).toMatchObject({
      code: 'ERR_SYNCML_MISSING_ELEMENT',
      path: 'SyncML/SyncBody/Map/Target',
      cmd: 'Map',
      cmdId: '7',
      header: readMessage('').header,
      message: 'SyncML/SyncBody/Map/Target: Target is missing',
    });
  });

  it('names the command even where its CmdID is what is missing, and counts it', () => {
    expect(errorOf('<Add><CmdID>1</CmdID></Add><Add><Item/></Add>')).toMatchObject({
      code: 'ERR_SYNCML_MISSING_ELEMENT',
      path: 'SyncML/SyncBody/Add[2]/CmdID',
      cmd: 'Add',
      cmdId: undefined,
    });
  });

  it.each([
    ['Status', '<MsgRef>1</MsgRef><CmdRef>1</CmdRef><Data>200</Data>', 'Cmd'],
    ['Status', '<MsgRef>1</MsgRef><Cmd>Add</Cmd><Data>200</Data>', 'CmdRef'],
    ['Status', '<CmdRef>1</CmdRef><Cmd>Add</Cmd><Data>200</Data>', 'MsgRef'],
    ['Status', '<MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Add</Cmd>', 'Data'],
    ['Results', '<MsgRef>1</MsgRef>', 'CmdRef'],
    ['Add', '<Item><Source/></Item>', 'Item/Source/LocURI'],
    ['Add', '<Item><SourceParent/></Item>', 'Item/SourceParent/LocURI'],
    ['Add', '<Item><Meta><Anchor xmlns="syncml:metinf"><Last>1</Last></Anchor></Meta></Item>', 'Item/Meta/Anchor/Next'],
    ['Add', '<Cred/>', 'Cred/Data'],
  ])('is refused: a %s of %s lacks %s', (name, content, path) => {
    const error = errorOf(`<${name}><CmdID>9</CmdID>${content}</${name}>`);
    expect(error).toMatchObject({ code: 'ERR_SYNCML_MISSING_ELEMENT', path: `SyncML/SyncBody/${name}/${path}`, cmdId: '9' });
  });

  it('names the outermost command where the fault is inside a Sync', () => {
    expect(errorOf('<Sync><CmdID>4</CmdID><Add><CmdID>5</CmdID><Item><Target/></Item></Add></Sync>')).toMatchObject({
      path: 'SyncML/SyncBody/Sync/Add/Item/Target/LocURI',
      cmd: 'Sync',
      cmdId: '4',
    });
  });
});

describe('a message with a value that cannot be', () => {
  it.each(['-1', '1.5', '1e3', '0x10', '', 'many', '9007199254740992', '99999999999999999999999'])('is refused: Size %j', (size) => {
    expect(errorOf(`<Add><CmdID>1</CmdID><Item><Meta><Size xmlns="syncml:metinf">${size}</Size></Meta></Item></Add>`)).toMatchObject({
      code: 'ERR_SYNCML_BAD_VALUE',
      path: 'SyncML/SyncBody/Add/Item/Meta/Size',
    });
  });

  it('takes the largest number that is exact', () => {
    const xml = '<Add><CmdID>1</CmdID><Item><Meta><Size xmlns="syncml:metinf">9007199254740991</Size></Meta></Item></Add>';
    expect(readMessage(xml).commands[0]).toMatchObject({ items: [{ meta: { size: Number.MAX_SAFE_INTEGER } }] });
  });

  it.each(['abc', '20', '2000', ''])('is refused: status %j', (code) => {
    const status = `<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Add</Cmd><Data>${code}</Data></Status>`;
    expect(errorOf(status)).toMatchObject({ code: 'ERR_SYNCML_BAD_VALUE', path: 'SyncML/SyncBody/Status/Data' });
  });

  it('is refused: an empty CmdID', () => {
    expect(errorOf('<Get><CmdID> </CmdID></Get>')).toMatchObject({ code: 'ERR_SYNCML_BAD_VALUE', path: 'SyncML/SyncBody/Get/CmdID' });
  });

  it('is refused: commands nested without end', () => {
    const nest = (depth: number): string => (depth === 0 ? '' : `<Sequence><CmdID>${depth}</CmdID>${nest(depth - 1)}</Sequence>`);
    expect(readMessage(nest(8)).commands).toHaveLength(1);
    expect(errorOf(nest(9))).toMatchObject({ code: 'ERR_SYNCML_BAD_VALUE', cmd: 'Sequence', cmdId: '9' });
  });

  it('never quotes what an element held', () => {
    const secret = 's3cret';
    const error = errorOf(
      `<Add><CmdID>1</CmdID><Cred><Meta><Size xmlns="syncml:metinf">${secret}</Size></Meta><Data>${secret}</Data></Cred></Add>`,
    );
    expect(`${error.message} ${error.stack ?? ''}`).not.toContain(secret);
  });
});

describe('what is no message', () => {
  it('is refused as malformed', () => {
    expect(() => parseMessage({ type: 'DevInf 1.2', root: { space: 'devinf', name: 'DevInf', content: [] } })).toThrow(
      expect.objectContaining({ code: 'ERR_SYNCML_MALFORMED', path: 'DevInf' }),
    );
  });

  it('is refused by the codec where it is no document', () => {
    expect(() => decodeMessage(utf8('hello'), 'xml')).toThrow(expect.objectContaining({ code: 'ERR_XML_SYNTAX' }));
    expect(() => decodeMessage(utf8('hello'), 'wbxml')).toThrow(expect.objectContaining({ name: 'WbxmlError' }));
  });
});

const older = (version: '1.0' | '1.1', command: Message['commands'][number]): Message => ({
  header: { ...readMessage('').header, version },
  commands: [command],
  final: true,
});

describe('a message that an older version cannot express', () => {
  it('is not written: Move below 1.2 and MoreData in 1.0', () => {
    const version = expect.objectContaining({ code: 'ERR_SYNCML_VERSION' });
    expect(() => encodeMessage(older('1.1', { name: 'Move', cmdId: '1', items: [] }), 'wbxml')).toThrow(version);
    expect(() => encodeMessage(older('1.0', { name: 'Add', cmdId: '1', items: [{ moreData: true }] }), 'xml')).toThrow(version);
    expect(encodeMessage(older('1.1', { name: 'Add', cmdId: '1', items: [{ moreData: true }] }), 'xml').length).toBeGreaterThan(0);
  });
});
