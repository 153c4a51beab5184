// What is shown: lists, folders and counts, with the person's changes over what the server told.
import { Flag } from '@packetboat/datasync';
import { describe, expect, it } from 'vitest';
import { eachTest } from './fixture.ts';
import { commit, drafts, folder, inbox, mail, mailBytes, outbox, trash, view, type StoreHarness } from './harness.ts';

export function viewContract(harness: StoreHarness): void {
  describe('showing', () => {
    const t = eachTest(harness);
    const luids = async (query: { folder?: string; unread?: boolean; limit?: number; offset?: number }): Promise<string[]> =>
      (await t.store.list({ limit: 100, offset: 0, ...query })).map((each) => each.luid);

    it('lists mails newest first, by folder, by page, read or unread', async () => {
      await commit(
        t.store,
        { write: 'item', item: mail('10', { received: 10 }) },
        { write: 'item', item: mail('11', { received: 30, flags: Flag.Read }) },
        { write: 'item', item: mail('12', { received: 20, parent: trash }) },
        { write: 'item', item: mail('13', { received: 30 }) },
      );
      expect(await luids({})).toEqual(['11', '13', '12', '10']);
      expect(await luids({ folder: inbox })).toEqual(['11', '13', '10']);
      expect(await luids({ offset: 1, limit: 2 })).toEqual(['13', '12']);
      expect(await luids({ unread: true, folder: inbox })).toEqual(['13', '10']);
      expect(await luids({ unread: false })).toEqual(['11']);
    });

    it('shows the header of a mail in lists and the content when it is opened', async () => {
      await commit(t.store, { write: 'item', item: mail('10') });
      const [listed] = await t.store.list({ limit: 1, offset: 0 });
      expect(new TextDecoder().decode(listed?.header)).toBe('From: Anna <anna@example.org>\r\nSubject: 10\r\n\r\n');
      expect((await t.store.get('10'))?.content).toEqual(mailBytes('10'));
      expect(await t.store.get(inbox), 'a folder is no mail').toBeNull();
      expect(await t.store.get('99')).toBeNull();
    });

    it('shows a mail of which nothing is here', async () => {
      await commit(t.store, { write: 'item', item: mail('10', { content: null, shape: 'none', size: 700 }) });
      expect(await t.store.get('10')).toMatchObject({ shape: 'none', size: 700, header: new Uint8Array(), content: null });
    });

    it('shows folders by role, then by name, with the mails that are shown in them', async () => {
      await commit(
        t.store,
        { write: 'item', item: { ...folder('20', 'Zoo', null), parent: inbox } },
        { write: 'item', item: folder('21', 'Alps', null) },
        { write: 'item', item: mail('10') },
        { write: 'item', item: mail('11', { flags: Flag.Read }) },
      );
      await t.store.move('10', '21');
      const shown = (await t.store.folders()).map(({ luid, mails, name, unread }) => `${luid} ${name} ${mails}/${unread}`);
      expect(shown).toEqual(['1 INBOX 1/0', '2 Outbox 0/0', '4 Drafts 0/0', '3 Trash 0/0', '21 Alps 1/1', '20 Zoo 0/0']);
      expect((await t.store.folders()).find((each) => each.luid === '20')).toMatchObject({ parent: inbox, role: null });
    });

    it('lays what the server sends beneath the unsent changes', async () => {
      await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Replied }) });
      await t.store.mark('10', Flag.Read, Flag.Read);
      await t.store.move('10', drafts);
      await commit(
        t.store,
        { write: 'flags', luid: '10', named: Flag.Read | Flag.Flagged | Flag.Replied, set: Flag.Flagged },
        { write: 'move', luid: '10', parent: outbox },
      );
      expect(await view(t.store, '10')).toMatchObject({ flags: Flag.Read | Flag.Flagged, folder: drafts, unsent: 'changed' });
      await commit(t.store, { write: 'item', item: mail('10', { flags: Flag.Forwarded }) });
      expect(await view(t.store, '10')).toMatchObject({ flags: Flag.Read | Flag.Forwarded, folder: drafts });
    });

    it('keeps a deleted mail hidden whatever the server sends of it', async () => {
      await commit(t.store, { write: 'item', item: mail('10', { parent: trash }) });
      await t.store.remove('10');
      await commit(t.store, { write: 'item', item: mail('10', { parent: trash, flags: Flag.Flagged }) });
      expect(await luids({})).toEqual([]);
    });

    it('counts what is here', async () => {
      await commit(
        t.store,
        { write: 'item', item: mail('10') },
        { write: 'item', item: mail('11', { flags: Flag.Read, shape: 'headers' }) },
        { write: 'item', item: mail('12', { sendError: 'no such user', parent: outbox, flags: Flag.Read }) },
        { write: 'item', item: mail('13', { parent: trash }) },
      );
      await t.store.mark('10', Flag.Flagged, Flag.Flagged);
      await t.store.remove('13');
      const contentBytes = ['10', '11', '12', '13'].reduce((sum, luid) => sum + mailBytes(luid).length, 0);
      expect(await t.store.stats()).toEqual({ folders: 4, mails: 3, unread: 1, whole: 2, unsentChanges: 2, refused: 1, contentBytes });
    });
  });
}
