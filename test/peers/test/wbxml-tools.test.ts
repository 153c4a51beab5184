import { expect, test } from 'vitest';
import { describePeer } from '../describe-peer.ts';
import { wbxml2xml, wbxmlToolsPeer, xml2wbxml } from '../wbxml-tools.ts';

const message = `<?xml version="1.0"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto>
<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>`;

describePeer('libwbxml tools', wbxmlToolsPeer, () => {
  test('encode a SyncML 1.2 message with the header of that version, and decode it again', async () => {
    const bytes = await xml2wbxml(message);
    // Version 1.2, public identifier 0x1201, UTF-8, no string table.
    expect(Buffer.from(bytes.subarray(0, 5)).toString('hex')).toBe('02a4016a00');
    const xml = await wbxml2xml(bytes);
    expect(xml).toContain('<VerProto>SyncML/1.2</VerProto>');
    expect(xml).toContain('<Final/>');
  });

  test('write the version that is asked for', async () => {
    expect((await xml2wbxml(message, { version: '1.3' }))[0]).toBe(3);
  });

  test('reject what is not WBXML', async () => {
    await expect(wbxml2xml(Buffer.from('hello'))).rejects.toThrow(/wbxml2xml: exit code/);
  });
});
