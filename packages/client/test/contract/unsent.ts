// Mails that are written here: until the server has confirmed them, and when it refuses them.
import { Flag } from '@packetboat/datasync';
import { describe, expect, it } from 'vitest';
import { eachTest } from './fixture.ts';
import { ask, changeLines, changes, commit, drafts, folder, mailBytes, outbox, trash, view, type StoreHarness } from './harness.ts';

export function unsentContract(harness: StoreHarness): void {
  describe('a mail that is written here', () => {
    before(harness);
    refusal(harness);
    numbers(harness);
  });
}

function before(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('is shown at once and sent with what was done to it before', async () => {
    const luid = await t.store.write(mailBytes('mine'), drafts, Flag.Read, 77);
    await t.store.mark(luid, Flag.Flagged, Flag.Flagged);
    await t.store.move(luid, outbox);
    expect(await t.store.get(luid)).toMatchObject({
      folder: outbox,
      flags: Flag.Read | Flag.Flagged,
      unsent: 'new',
      received: 77,
      shape: 'full',
      content: mailBytes('mine'),
    });
    expect(await changes(t.store)).toMatchObject([
      { op: 'add', parent: outbox, item: { flags: Flag.Read | Flag.Flagged, parent: outbox, size: mailBytes('mine').length } },
    ]);
  });

  it('is gone without a trace when it is deleted before it was sent', async () => {
    const luid = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    await t.store.remove(luid);
    expect(await t.store.get(luid)).toBeNull();
    expect(await changeLines(t.store)).toEqual([]);
    expect((await t.store.stats()).contentBytes).toBe(0);
  });

  it('is changed by changes of their own once it is on its way', async () => {
    const luid = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    const [add] = await changes(t.store);
    await t.store.mark(luid, Flag.Read, Flag.Read);
    await t.store.remove(luid);
    expect(await view(t.store, luid)).toMatchObject({ folder: trash, flags: Flag.Read, unsent: 'new' });
    expect(await changeLines(t.store)).toEqual([`${luid} add 2`, `${luid} flags Read=Read`, `${luid} move 3`]);
    await commit(t.store, { write: 'fold', numbers: [add?.number ?? 0] });
    expect(await view(t.store, luid)).toMatchObject({ folder: trash, unsent: 'changed' });
    expect((await ask(t.store, 'listing', { after: null, limit: 99, withContent: false })).map((item) => item.luid)).toContain(luid);
  });

  it('is no longer new when the server sends it', async () => {
    const luid = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    const [add] = await changes(t.store);
    await commit(t.store, { write: 'foldUpTo', number: add?.number ?? 0 }, { write: 'move', luid, parent: drafts });
    expect(await view(t.store, luid)).toMatchObject({ folder: drafts, unsent: 'no' });
    expect(await ask(t.store, 'items', { luids: [luid] })).toHaveLength(1);
  });
}

function refusal(harness: StoreHarness): void {
  const t = eachTest(harness);

  const refusedMail = async (text: string | null): Promise<string> => {
    const luid = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    const [add] = await changes(t.store);
    await commit(t.store, { write: 'refuse', number: add?.number ?? 0, status: '500', text });
    return luid;
  };

  it('stays with the reason when it is refused, and is not sent again by itself', async () => {
    const luid = await refusedMail('550 no such user');
    expect(await view(t.store, luid)).toMatchObject({ sendError: '550 no such user', unsent: 'new', folder: outbox });
    expect(await changes(t.store)).toEqual([]);
    expect((await ask(t.store, 'listing', { after: null, limit: 99, withContent: false })).map((item) => item.luid)).not.toContain(luid);
    expect(await view(t.store, await refusedMail(null))).toMatchObject({ sendError: 'status 500' });
  });

  it('takes with it what was done to it while it was on its way', async () => {
    const luid = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    const [add] = await changes(t.store);
    await t.store.mark(luid, Flag.Read, Flag.Read);
    await t.store.move(luid, drafts);
    await commit(t.store, { write: 'refuse', number: add?.number ?? 0, status: '500', text: 'no' });
    expect(await view(t.store, luid)).toMatchObject({ folder: drafts, flags: Flag.Read, sendError: 'no' });
    expect(await changes(t.store)).toEqual([]);
  });

  it('is tried again when it is moved, even to where it is', async () => {
    const luid = await refusedMail('no');
    await t.store.mark(luid, Flag.Flagged, Flag.Flagged);
    await t.store.move(luid, outbox);
    expect(await view(t.store, luid)).toMatchObject({ sendError: null, unsent: 'new', flags: Flag.Flagged });
    expect(await changeLines(t.store)).toEqual([`${luid} add 2`]);
  });

  it('is tried again in the Outbox too when the server keeps it there', async () => {
    const luid = await refusedMail('no');
    const [item] = await ask(t.store, 'items', { luids: [luid] });
    if (item === undefined) throw new Error('the mail is gone');
    await commit(t.store, { write: 'item', item: { ...item, sendError: '550 no' } });
    await t.store.move(luid, outbox);
    await t.store.move(luid, outbox);
    expect(await changeLines(t.store)).toEqual([`${luid} add 2`]);
    expect(await view(t.store, luid)).toMatchObject({ sendError: null, unsent: 'changed', folder: outbox });
  });

  it('is deleted here alone', async () => {
    const luid = await refusedMail('no');
    await t.store.remove(luid);
    expect(await t.store.get(luid)).toBeNull();
    expect(await changes(t.store)).toEqual([]);
  });
}

function numbers(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('gets a number that no other mail has or will have', async () => {
    const first = await t.store.write(mailBytes('1'), outbox, 0, 1);
    await t.store.remove(first);
    expect([first, await t.store.write(mailBytes('2'), outbox, 0, 1)]).toEqual(['~1', '~2']);
    for (let n = 3; n < 11; n += 1) await t.store.write(mailBytes(String(n)), outbox, 0, 1);
    await commit(t.store, { write: 'clear' }, { write: 'item', item: folder(outbox, 'Outbox', 'outbox') });
    expect(await t.store.write(mailBytes('11'), outbox, 0, 1)).toBe('~b');
    const all = (await changes(t.store)).map((change) => change.number);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(new Set(all).size).toBe(all.length);
  });

  it('is there after the process has ended', async () => {
    if (t.reopen === undefined) return;
    const luid = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    const again = await t.reopen();
    expect((await again.get(luid))?.content).toEqual(mailBytes('mine'));
    expect(await again.write(mailBytes('next'), outbox, 0, 1)).toBe('~2');
  });
}
