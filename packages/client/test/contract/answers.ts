// What a sync asks and writes: knowledge, anchors, items, maps, gathered objects, and the end of changes.
import { Flag, type ClientItem } from '@packetboat/datasync';
import { describe, expect, it } from 'vitest';
import { eachTest } from './fixture.ts';
import { ask, changeLines, changes, commit, drafts, inbox, mail, mailBytes, outbox, trash, view, type StoreHarness } from './harness.ts';

export function answersContract(harness: StoreHarness): void {
  describe('answering a sync', () => {
    remembering(harness);
    items(harness);
    ending(harness);
    renaming(harness);
  });
}

function remembering(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('knows nothing of a server at first, and keeps each piece of knowledge by itself', async () => {
    expect(await ask(t.store, 'knowledge', {})).toEqual({
      devInf: null,
      devInfSent: null,
      nonce: null,
      version: null,
      lastSessionId: 0,
      sessionBase: null,
    });
    const nonce = Uint8Array.of(0, 255, 7);
    await commit(t.store, { write: 'knowledge', knowledge: { nonce, lastSessionId: 3, sessionBase: 9 } });
    await commit(t.store, { write: 'knowledge', knowledge: { devInf: Uint8Array.of(3, 0), version: '1.2', devInfSent: 'abc' } });
    await commit(t.store, { write: 'knowledge', knowledge: { devInf: null } });
    expect(await ask(t.store, 'knowledge', {})).toEqual({
      devInf: null,
      devInfSent: 'abc',
      nonce,
      version: '1.2',
      lastSessionId: 3,
      sessionBase: 9,
    });
  });

  it('keeps anchors by datastore and changes only what is named', async () => {
    expect(await ask(t.store, 'anchors', { datastore: './mail' })).toEqual({ own: null, server: null, inflight: 0 });
    await commit(t.store, { write: 'anchors', datastore: './mail', anchors: { own: '5', server: '9' } });
    await commit(t.store, { write: 'anchors', datastore: './mail', anchors: { inflight: 7 } });
    await commit(t.store, { write: 'anchors', datastore: './other', anchors: { own: '1' } });
    expect(await ask(t.store, 'anchors', { datastore: './mail' })).toEqual({ own: '5', server: '9', inflight: 7 });
    await commit(t.store, { write: 'anchors', datastore: './mail', anchors: { server: null } });
    expect(await ask(t.store, 'anchors', { datastore: './mail' })).toEqual({ own: '5', server: null, inflight: 7 });
  });

  it('keeps maps until they are sent, and finds a LUID by its GUID afterwards too', async () => {
    const maps = [
      { guid: 'g1', luid: '10' },
      { guid: 'g2', luid: '11' },
    ];
    await commit(t.store, { write: 'map', maps });
    expect(await ask(t.store, 'unsentMaps', { limit: 10 })).toEqual(maps);
    expect(await ask(t.store, 'unsentMaps', { limit: 1 })).toHaveLength(1);
    await commit(t.store, { write: 'mapsSent', guids: ['g1', 'unknown'] });
    expect(await ask(t.store, 'unsentMaps', { limit: 10 })).toEqual([{ guid: 'g2', luid: '11' }]);
    expect(await ask(t.store, 'luidOfGuid', { guids: ['g1', 'g3', "g'2"] })).toEqual([{ guid: 'g1', luid: '10' }]);
  });

  it('gathers the pieces of objects in order, each object by itself', async () => {
    expect(await ask(t.store, 'gathered', { object: 'a' })).toEqual(new Uint8Array());
    await commit(
      t.store,
      { write: 'gather', object: 'a', bytes: Uint8Array.of(1, 2) },
      { write: 'gather', object: 'b', bytes: Uint8Array.of(9) },
    );
    await commit(t.store, { write: 'gather', object: 'a', bytes: Uint8Array.of(3) });
    expect(await ask(t.store, 'gathered', { object: 'a' })).toEqual(Uint8Array.of(1, 2, 3));
    await commit(t.store, { write: 'dropGathered', object: 'a' });
    expect(await ask(t.store, 'gathered', { object: 'a' })).toEqual(new Uint8Array());
    expect(await ask(t.store, 'gathered', { object: 'b' })).toEqual(Uint8Array.of(9));
  });

  it('keeps bytes of its own, whatever becomes of the message they came in', async () => {
    const message = mailBytes('first');
    await commit(t.store, { write: 'item', item: mail('10', { content: message, size: message.length }) });
    const piece = Uint8Array.of(1);
    await commit(t.store, { write: 'gather', object: 'a', bytes: piece });
    message.fill(0);
    piece.fill(0);
    expect((await t.store.get('10'))?.content).toEqual(mailBytes('first'));
    expect(await ask(t.store, 'gathered', { object: 'a' })).toEqual(Uint8Array.of(1));
  });
}

function items(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('gives base items without content, and leaves out those it has not', async () => {
    await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Read }) });
    await t.store.mark('10', Flag.Read | Flag.Flagged, Flag.Flagged);
    const [found, ...others] = await ask(t.store, 'items', { luids: ['10', '99'] });
    expect(found).toEqual(mail('10', { flags: Flag.Read, content: null }));
    expect(others).toEqual([]);
  });

  it('lists what the server knows in the order of LUIDs, page by page, with content when asked', async () => {
    for (const luid of ['9', '10', 'z', '\u{1f4e7}', '\uffee']) await commit(t.store, { write: 'item', item: mail(luid, { received: 5 }) });
    await t.store.write(mailBytes('mine'), outbox, 0, 1);
    const luids: string[] = [];
    for (let after: string | null = null; ;) {
      const page: readonly ClientItem[] = await ask(t.store, 'listing', { after, limit: 2, withContent: false });
      if (page.length === 0) break;
      luids.push(...page.map((item) => item.luid));
      after = page.at(-1)?.luid ?? null;
    }
    expect(luids).toEqual(['1', '10', '2', '3', '4', '9', 'z', '\uffee', '\u{1f4e7}']);
    const [ten] = await ask(t.store, 'listing', { after: '1', limit: 1, withContent: true });
    expect(ten?.content).toEqual(mailBytes('10'));
  });

  it('keeps the content that is here when an item comes without any', async () => {
    await commit(t.store, { write: 'item', item: mail('10') });
    await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Read, content: null }) });
    expect(await t.store.get('10')).toMatchObject({ flags: Flag.Read, content: mailBytes('10') });
  });

  it('writes flags and places of what is here and ignores what is not', async () => {
    await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Replied }) });
    await commit(
      t.store,
      { write: 'flags', luid: '10', named: Flag.Read | Flag.Replied, set: Flag.Read | Flag.Flagged },
      { write: 'move', luid: '10', parent: trash },
      { write: 'flags', luid: '99', named: 1, set: 1 },
      { write: 'move', luid: '99', parent: inbox },
    );
    expect(await view(t.store, '10')).toMatchObject({ flags: Flag.Read, folder: trash });
    expect(await t.store.get('99')).toBeNull();
  });

  it('forgets why a mail could not be sent when it leaves the Outbox', async () => {
    const failed = { parent: outbox, sendError: 'no such user' };
    await commit(t.store, { write: 'item', item: mail('10', failed) }, { write: 'item', item: mail('11', failed) });
    await commit(t.store, { write: 'flags', luid: '10', named: 1, set: 1 }, { write: 'move', luid: '10', parent: outbox });
    expect(await view(t.store, '10')).toMatchObject({ sendError: 'no such user' });
    await t.store.move('10', drafts);
    await commit(t.store, { write: 'foldUpTo', number: 1_000 }, { write: 'move', luid: '11', parent: trash });
    for (const luid of ['10', '11']) expect(await view(t.store, luid)).toMatchObject({ sendError: null });
  });

  it('drops an item with its unsent changes and its map', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'map', maps: [{ guid: 'g', luid: '10' }] });
    await t.store.mark('10', Flag.Read, Flag.Read);
    await commit(t.store, { write: 'drop', luid: '10' }, { write: 'drop', luid: '99' });
    expect(await t.store.get('10')).toBeNull();
    expect(await changes(t.store)).toEqual([]);
    expect(await ask(t.store, 'unsentMaps', { limit: 9 })).toEqual([]);
  });

  it('clears what the server knows and keeps unsent new mails', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'map', maps: [{ guid: 'g', luid: '10' }] });
    const mine = await t.store.write(mailBytes('mine'), outbox, 0, 1);
    await t.store.mark('10', Flag.Read, Flag.Read);
    await commit(t.store, { write: 'clear' }, { write: 'item', item: mail('11') });
    expect((await t.store.list({ limit: 9, offset: 0 })).map((each) => each.luid)).toEqual(['11', mine]);
    expect(await changeLines(t.store)).toEqual([`${mine} add ${outbox}`]);
    expect(await ask(t.store, 'luidOfGuid', { guids: ['g'] })).toEqual([]);
  });
}

function ending(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('folds executed changes into the base, one by one or up to a number', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'item', item: mail('11') }, { write: 'item', item: mail('12') });
    await t.store.mark('10', Flag.Read, Flag.Read);
    await t.store.move('10', drafts);
    await t.store.remove('11');
    await t.store.mark('12', Flag.Flagged, Flag.Flagged);
    const numbers = (await changes(t.store)).map((change) => change.number);
    await commit(t.store, { write: 'fold', numbers: [numbers[1] ?? 0, 999] });
    expect((await ask(t.store, 'items', { luids: ['10'] }))[0]).toMatchObject({ flags: 0, parent: drafts });
    await commit(t.store, { write: 'foldUpTo', number: numbers[2] ?? 0 });
    expect((await ask(t.store, 'items', { luids: ['10', '11'] })).map(({ flags, parent }) => [flags, parent])).toEqual([
      [Flag.Read, drafts],
      [0, trash],
    ]);
    expect(await changeLines(t.store)).toEqual(['12 flags Flagged=Flagged']);
  });

  it('removes a mail whose deletion was executed', async () => {
    await commit(t.store, { write: 'item', item: mail('10', { parent: trash }) });
    await t.store.remove('10');
    expect(await ask(t.store, 'items', { luids: ['10'] })).toHaveLength(1);
    await commit(t.store, { write: 'foldUpTo', number: 1_000 });
    expect(await ask(t.store, 'items', { luids: ['10'] })).toEqual([]);
  });

  it('undoes what was shown of a refused change', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'item', item: mail('11', { parent: trash }) });
    await t.store.move('10', trash);
    await t.store.remove('11');
    for (const { number } of await changes(t.store)) await commit(t.store, { write: 'refuse', number, status: '403', text: 'no' });
    expect(await view(t.store, '10')).toMatchObject({ folder: inbox, unsent: 'no' });
    expect(await view(t.store, '11')).toMatchObject({ folder: trash, unsent: 'no', sendError: null });
    expect(await changes(t.store)).toEqual([]);
  });

  it('makes a mail new again, as it is shown, when the server does not know it', async () => {
    const mine = await t.store.write(mailBytes('mine'), drafts, 0, 1);
    await commit(t.store, { write: 'foldUpTo', number: 1_000 });
    await t.store.mark(mine, Flag.Flagged, Flag.Flagged);
    await t.store.move(mine, inbox);
    await commit(t.store, { write: 'unknown', luid: mine }, { write: 'unknown', luid: 'nobody' });
    expect(await changeLines(t.store)).toEqual([`${mine} add ${inbox}`]);
    expect(await view(t.store, mine)).toMatchObject({ folder: inbox, flags: Flag.Flagged, unsent: 'new' });
    expect(await ask(t.store, 'listing', { after: null, limit: 9, withContent: false })).not.toContainEqual(
      expect.objectContaining({ luid: mine }),
    );
    await commit(t.store, { write: 'foldUpTo', number: 1_000 });
    expect(await view(t.store, mine)).toMatchObject({ folder: inbox, flags: Flag.Flagged, unsent: 'no' });
  });

  it('answers changes in order, above and up to a number, with content of new mails up to a size', async () => {
    await commit(t.store, { write: 'item', item: mail('10') });
    const small = await t.store.write(mailBytes('small'), outbox, 0, 1);
    await t.store.mark('10', Flag.Read, Flag.Read);
    const large = await t.store.write(mailBytes('large', 'x'.repeat(5_000)), outbox, 0, 1);
    const found = await ask(t.store, 'changes', { after: 0, limit: 9, maxContent: 1_000 });
    expect(found.map(({ luid, item }) => [luid, item?.content?.length ?? null])).toEqual([
      [small, mailBytes('small').length],
      ['10', null],
      [large, null],
    ]);
    const [first, second, third] = found.map((change) => change.number);
    const asked = async (question: { after: number; upTo?: number; limit: number }): Promise<number[]> =>
      (await ask(t.store, 'changes', { ...question, maxContent: 0 })).map((change) => change.number);
    expect(await asked({ after: first ?? 0, limit: 9 })).toEqual([second, third]);
    expect(await asked({ after: 0, upTo: second ?? 0, limit: 9 })).toEqual([first, second]);
    expect(await asked({ after: 0, limit: 1 })).toEqual([first]);
    const whole = mailBytes('large', 'x'.repeat(5_000));
    expect(await ask(t.store, 'contentRange', { luid: large, from: 40, length: 100 })).toEqual(whole.subarray(40, 140));
    expect(await ask(t.store, 'contentRange', { luid: large, from: 0, length: whole.length })).toEqual(whole);
  });
}

function renaming(harness: StoreHarness): void {
  const t = eachTest(harness);

  it('gives numbers of its own to what a server had named, with all that belongs to it', async () => {
    await commit(t.store, { write: 'item', item: mail('10') }, { write: 'item', item: mail('11', { parent: trash, flags: Flag.Read }) });
    const mine = await t.store.write(mailBytes('mine'), drafts, 0, 1);
    await t.store.mark('10', Flag.Flagged, Flag.Flagged);
    await t.store.move('11', inbox);
    await commit(t.store, { write: 'map', maps: [{ guid: 'g', luid: '10' }] }, { write: 'gather', object: '12', bytes: Uint8Array.of(1) });
    const before = await t.store.stats();
    await commit(t.store, { write: 'rename' });
    const folders = new Map((await t.store.folders()).map((each) => [each.luid, each]));
    expect([...folders.values()].map((each) => [each.role, each.mails])).toEqual([
      ['inbox', 2],
      ['outbox', 0],
      ['drafts', 1],
      ['trash', 0],
    ]);
    const mails = await t.store.list({ limit: 9, offset: 0 });
    expect(mails.every((each) => each.luid.startsWith('~'))).toBe(true);
    expect(new Set([...mails, ...folders.values()].map((each) => each.luid)).size).toBe(7);
    expect(mails.map((each) => [folders.get(each.folder ?? '')?.role, each.flags])).toEqual([
      ['inbox', Flag.Read],
      ['inbox', Flag.Flagged],
      ['drafts', 0],
    ]);
    expect((await t.store.get(mails[1]?.luid ?? ''))?.content).toEqual(mailBytes('10'));
    const places = [...folders.values()].flatMap((each) => (each.role === 'inbox' || each.role === 'drafts' ? [each] : []));
    expect((await changeLines(t.store)).toSorted()).toEqual(
      [`${mine} add ${places[1]?.luid}`, `${mails[1]?.luid} flags Flagged=Flagged`, `${mails[0]?.luid} move ${places[0]?.luid}`].toSorted(),
    );
    expect(await t.store.stats()).toEqual(before);
    expect(await ask(t.store, 'luidOfGuid', { guids: ['g'] })).toEqual([]);
    expect(await ask(t.store, 'gathered', { object: '12' })).toEqual(new Uint8Array());
  });

  it('keeps a mail that could not be sent for itself, and renames nothing twice', async () => {
    await commit(t.store, { write: 'item', item: mail('10', { parent: outbox, sendError: 'no such user' }) });
    await commit(t.store, { write: 'rename' });
    const [one] = await t.store.list({ limit: 9, offset: 0 });
    expect(one).toMatchObject({ unsent: 'new', sendError: 'no such user' });
    expect(await changes(t.store)).toEqual([]);
    await commit(t.store, { write: 'rename' });
    expect(await t.store.list({ limit: 9, offset: 0 })).toEqual([one]);
  });

  it('lists of a header only what a mail is known again by', async () => {
    const content = new TextEncoder().encode(
      'Received: x\r\nSubject: a\r\n b\r\nsubject: second\r\nFrom: c@d\r\nMessage-ID: <e@f>\r\n\r\nText\r\n',
    );
    await commit(t.store, { write: 'item', item: mail('10', { content, size: content.length }) });
    const [item] = await ask(t.store, 'listing', { after: '1', limit: 1, withContent: 'identity' });
    expect(new TextDecoder().decode(item?.content ?? undefined)).toBe('Message-ID: <e@f>\r\nFrom: c@d\r\nSubject: a\r\n b\r\n\r\n');
  });

  it('forgets maps that the server has been told, and no others', async () => {
    const maps = [
      { guid: 'told', luid: '10' },
      { guid: 'untold', luid: '11' },
    ];
    await commit(t.store, { write: 'map', maps }, { write: 'mapsSent', guids: ['told'] }, { write: 'forgetMaps' });
    expect(await ask(t.store, 'luidOfGuid', { guids: ['told', 'untold'] })).toEqual(maps.slice(1));
  });
}
