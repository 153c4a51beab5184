// Every WBXML message that client and server of ours write is read by libwbxml too, with no tag it does not know.
// Code page 2 (the Property list of a Filter) is the exception: libwbxml has none for SyncML.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Flag } from '@packetboat/client';
import { describePeer } from '../peers/describe-peer.ts';
import { wbxml2xml, wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { sampleMails } from '../support/mail-samples.ts';
import { startWorld, type Device, type World } from '../support/world.ts';

/** A little of everything: first sync, changes, a mail to send, a whole mail, a slow sync, a refresh. */
async function journey(device: Device): Promise<void> {
  await device.sync();
  const [first, second, third] = await device.client.ls();
  await device.client.mark(first?.luid ?? '', Flag.Read, Flag.Read);
  await device.client.rm(second?.luid ?? '');
  await device.client.send({ to: ['bob@example.test'], subject: 'Grüße', text: 'hello' }, { sync: false });
  await device.sync();
  await device.client.read(third?.luid ?? '', { fetch: true });
  await device.sync('slow');
  await device.sync('refresh');
}

describePeer('wbxml-tools', wbxmlToolsPeer, () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ bob: true });
    for (const { bytes } of sampleMails({ count: 8, to: { name: 'Alice', address: 'alice@example.test' } })) await world.deliver(bytes);
  });
  afterAll(() => world.close());

  test.each([
    ['profile, 1.2', { profile: true }],
    ['plain, 1.2', { profile: false }],
    ['plain, 1.1', { profile: false, version: '1.1' as const }],
    ['plain, MD5', { profile: false, auth: 'md5' as const }],
  ])('reads what both sides write: %s', async (name, settings) => {
    const device = world.device({ deviceId: `wbxml ${name}`, settings });
    await journey(device);
    const documents = device.line.messages.flatMap(({ request, reply }) => (reply === null ? [request] : [request, reply]));
    expect(documents.length).toBeGreaterThan(10);
    for (const document of documents) {
      const xml = await wbxml2xml(document);
      const withoutFields = xml.replaceAll(/<Field\b.*?<\/Field>/gs, '');
      expect(withoutFields).not.toContain('unknown');
      expect(xml).toMatch(/<\/SyncML>\s*$/);
    }
  });
});
