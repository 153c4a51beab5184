// Tracking against the integrated store: what a pass makes of what happened at the mail server.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, openHome, pathOf, put, type Rig, soon, testMail } from '../account/world.ts';

let home: Home;
let rig: Rig;
beforeEach(async () => {
  home = await openHome();
  rig = await home.rig();
});
afterEach(() => home.close());

describe('tracking', () => {
  it('makes items of folders and mails, and an Outbox of our own', async () => {
    const mail = testMail('first');
    await home.deliver(mail);
    rig.worker.start();
    await rig.worker.refresh();
    const folders = await rig.items('folder');
    expect(folders.map((folder) => folder.role)).toEqual(expect.arrayContaining(['inbox', 'outbox', 'sent', 'drafts', 'trash']));
    expect((await rig.folder('outbox')).remote_path).toBeNull();
    const item = await rig.mail(mail.messageId);
    expect(item).toMatchObject({ parent: (await rig.folder('inbox')).id, size: mail.bytes.length, flags: 0, spool: null });
    expect(rig.worker.state()).toMatchObject({ tracking: 'up', watching: true });
  });

  it('sees new mail by itself, and tells its listeners', async () => {
    rig.worker.start();
    await rig.worker.refresh();
    const mail = testMail('pushed');
    let told = 0;
    rig.worker.onChange(() => (told += 1));
    await home.deliver(mail);
    await soon(async () => (await rig.items('mail')).find((item) => item.message_id === mail.messageId));
    // Listeners are told behind the commit.
    await soon(() => (told === 0 ? undefined : told));
    expect(told).toBe(1);
  });

  it('makes no revision when nothing has changed', async () => {
    await home.deliver(testMail('one'));
    rig.worker.start();
    await rig.worker.refresh();
    const rev = await rig.rev();
    await rig.worker.refresh();
    await rig.worker.refresh();
    expect(await rig.rev()).toBe(rev);
  });

  it('writes nothing when nothing has changed', async () => {
    await home.deliver(testMail('one'));
    rig.worker.start();
    await rig.worker.refresh();
    await rig.worker.refresh();
    const commits = await rig.store.meta.get('commits');
    await rig.worker.refresh();
    expect(await rig.store.meta.get('commits')).toBe(commits);
  });

  it('keeps the GUID of a mail that another program moves', async () => {
    const mail = testMail('moved');
    await home.deliver(mail);
    rig.worker.start();
    await rig.worker.refresh();
    const before = await rig.mail(mail.messageId);
    const [inbox, archive] = [await pathOf(rig.other, 'inbox'), await pathOf(rig.other, 'archive').catch(() => pathOf(rig.other, 'trash'))];
    await rig.other.move(inbox, [before.remote_uid ?? ''], archive);
    const after = await soon(async () => {
      const item = await rig.mail(mail.messageId);
      return item.parent === before.parent ? undefined : item;
    });
    expect(after.id).toBe(before.id);
    expect(after.remote_uid).not.toBeNull();
    await rig.worker.refresh();
    expect(await rig.mail(mail.messageId)).toEqual(after);
  });

  it('takes a mail for gone only after a pass over all folders', async () => {
    const mail = testMail('gone');
    const path = await pathOf(rig.other, 'inbox');
    const uid = await put(rig.other, path, mail);
    rig.worker.start();
    await rig.worker.refresh();
    const { id } = await rig.mail(mail.messageId);
    await rig.other.remove(path, [uid]);
    const gone = await soon(async () =>
      rig.store.db.selectFrom('item').selectAll().where('id', '=', id).where('gone', '=', 1).executeTakeFirst(),
    );
    expect(gone.gone_at).not.toBeNull();
  });
});
