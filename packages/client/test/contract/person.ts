// What a person does to mails that the server knows, and which changes that leaves to be sent.
import { Flag } from '@packetboat/datasync';
import { describe, expect, it } from 'vitest';
import { eachTest } from './fixture.ts';
import { changeLines, changes, commit, drafts, inbox, mail, trash, view, type StoreHarness } from './harness.ts';

export function personContract(harness: StoreHarness): void {
  describe('a person', () => {
    marking(harness);
    moving(harness);
    alone(harness);
  });
}

function marking(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('leaves one change for all marks of a mail that nobody has sent yet', async () => {
    await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Replied }) });
    await t.store.mark('10', Flag.Read, Flag.Read);
    await t.store.mark('10', Flag.Flagged | Flag.Replied, Flag.Flagged);
    expect(await view(t.store, '10')).toMatchObject({ flags: Flag.Read | Flag.Flagged, unsent: 'changed' });
    expect(await changeLines(t.store)).toEqual(['10 flags Read+Replied+Flagged=Read+Flagged']);
  });

  it('leaves nothing when a mark is taken back or changes nothing', async () => {
    await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Read }) });
    await t.store.mark('10', Flag.Read, Flag.Read);
    expect(await view(t.store, '10')).toMatchObject({ unsent: 'no' });
    await t.store.mark('10', Flag.Read, 0);
    await t.store.mark('10', Flag.Flagged, Flag.Flagged);
    await t.store.mark('10', Flag.Flagged, 0);
    await t.store.mark('10', Flag.Read, Flag.Read);
    expect(await changeLines(t.store)).toEqual([]);
  });

  it('never touches a change that is on its way: what is taken back travels as a change of its own', async () => {
    await commit(t.store, { write: 'item', item: mail('10') });
    await t.store.mark('10', Flag.Read, Flag.Read);
    const [first] = await changes(t.store);
    await commit(t.store, { write: 'anchors', datastore: './mail', anchors: { inflight: first?.number ?? 0 } });
    await t.store.mark('10', Flag.Read, 0);
    expect(await view(t.store, '10')).toMatchObject({ flags: 0 });
    expect(await changeLines(t.store)).toEqual(['10 flags Read=Read', '10 flags Read=']);
    await commit(t.store, { write: 'foldUpTo', number: first?.number ?? 0 });
    expect(await view(t.store, '10')).toMatchObject({ flags: 0, unsent: 'changed' });
    expect(await changeLines(t.store)).toEqual(['10 flags Read=']);
  });

  it('counts a change as on its way from the moment that a sync has read it', async () => {
    await commit(t.store, { write: 'item', item: mail('10') });
    await t.store.mark('10', Flag.Read, Flag.Read);
    const [read] = await changes(t.store);
    await t.store.mark('10', Flag.Flagged, Flag.Flagged);
    const [still, ...later] = await changes(t.store);
    expect(still).toEqual(read);
    expect(later).toMatchObject([{ named: Flag.Flagged, set: Flag.Flagged }]);
  });
}

function moving(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('leaves the last of several moves, and none when a mail is back where it was', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'item', item: mail('11') });
    for (const luid of ['10', '11']) {
      await t.store.move(luid, drafts);
      await t.store.move(luid, trash);
    }
    await t.store.move('11', inbox);
    expect(await view(t.store, '10')).toMatchObject({ folder: trash });
    expect(await changeLines(t.store)).toEqual(['10 move 3']);
  });

  it('moves a deleted mail into the trash, and deletes it from there', async () => {
    await commit(t.store, { write: 'item', item: mail('10') });
    await t.store.mark('10', Flag.Read, Flag.Read);
    await t.store.remove('10');
    expect(await view(t.store, '10')).toMatchObject({ folder: trash });
    await t.store.remove('10');
    expect(await t.store.get('10')).toBeNull();
    // The Move goes first: the server deletes for good only in the trash.
    expect(await changeLines(t.store)).toEqual(['10 move 3', '10 delete']);
  });

  it('deletes for good where there is no trash', async () => {
    await commit(t.store, { write: 'drop', luid: trash }, { write: 'item', item: mail('10', { parent: null }) });
    await t.store.remove('10');
    expect(await t.store.get('10')).toBeNull();
    expect(await changeLines(t.store)).toEqual(['10 delete']);
  });

  it('says so when there is no such mail or folder', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'item', item: mail('11', { parent: trash }) });
    await t.store.remove('11');
    const missing = { code: 'ERR_CLIENT_NOT_FOUND' };
    await expect(t.store.mark('99', 1, 1)).rejects.toMatchObject(missing);
    await expect(t.store.mark(inbox, 1, 1)).rejects.toMatchObject(missing);
    await expect(t.store.remove('11')).rejects.toMatchObject(missing);
    await expect(t.store.move('10', '99')).rejects.toMatchObject(missing);
    await expect(t.store.move('10', '10')).rejects.toMatchObject(missing);
    await expect(t.store.write(new Uint8Array(), '10', 0, 0)).rejects.toMatchObject(missing);
    expect(await changeLines(t.store)).toEqual(['11 delete']);
  });
}

function alone(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('lets one sync run at a time', async () => {
    const release = await t.store.lock();
    await expect(t.store.lock()).rejects.toMatchObject({ code: 'ERR_CLIENT_BUSY' });
    release();
    (await t.store.lock())();
  });
}
