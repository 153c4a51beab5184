// Objects made of real mails: byte for byte what the mail server has, or marked as less.
import { type ObjectWish, type RenderedObject, sendErrorExt } from '@packetboat/datasync';
import { headerSet, splitHeader } from '@packetboat/message';
import { contentTypes, parseEmail, parseFolder } from '@packetboat/syncml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nastyMails } from '../../../../test/support/nasty-mails.ts';
import { type FaultyServer, linkLost, refusal, withFaults } from '../account/faults.ts';
import { type Home, type Item, openHome, put, type Rig, source, type TestMail, testMail } from '../account/world.ts';

let home: Home;
let faulty: FaultyServer;
let rig: Rig;
beforeEach(async () => {
  home = await openHome();
  faulty = withFaults(home.mailStore.mailServer('alice'));
  rig = await home.rig({ server: faulty.server });
  rig.worker.start();
  await rig.worker.refresh();
});
afterEach(() => home.close());

function wish(item: Item, more: Partial<ObjectWish> = {}): ObjectWish {
  return {
    guid: rig.guid(item),
    rev: item.rev,
    shape: 'full',
    headers: 'all',
    contentType: contentTypes.email,
    encoding: 'wbxml',
    ...more,
  };
}

async function bytesOf(object: RenderedObject | undefined): Promise<Uint8Array> {
  if (object?.kind === 'bytes') return object.bytes;
  if (object?.kind !== 'spool') throw new Error(`no object: ${JSON.stringify(object)}`);
  const { storeAnswers } = await import('../../src/store/answers.ts');
  const bytes = await storeAnswers(rig.store).spool({ spool: object.spool, from: 0, length: object.size });
  expect(bytes.length).toBe(object.size);
  return bytes;
}

async function render(item: Item, more: Partial<ObjectWish> = {}): Promise<RenderedObject | undefined> {
  return (await rig.worker.objects([wish(item, more)]))[0];
}

async function inInbox(mail: TestMail, flags = {}): Promise<Item> {
  await put(rig.other, 'INBOX', mail, flags);
  await rig.worker.refresh();
  return rig.mail(mail.messageId);
}

const exts = (object: Uint8Array): Record<string, string> =>
  Object.fromEntries(parseEmail(object).ext.map((ext) => [ext.xNam, ext.xVal[0] ?? '']));

describe('a whole mail with all its header', () => {
  it('is byte for byte what the mail server has, however broken it is', async () => {
    for (const { bytes } of nastyMails) await rig.other.append('INBOX', source(bytes), {}, Date.now());
    await rig.worker.refresh();
    const items = await rig.items('mail');
    expect(items).toHaveLength(nastyMails.length);
    for (const contentType of [contentTypes.email, contentTypes.rfc822]) {
      const objects = await rig.worker.objects(items.map((item) => wish(item, { contentType })));
      for (const [n, object] of objects.entries()) {
        const bytes = await bytesOf(object);
        const mail = contentType === contentTypes.rfc822 ? bytes : parseEmail(bytes).emailItem;
        expect(Buffer.from(mail ?? []).equals(Buffer.from(nastyMails[n]?.bytes ?? [])), `${contentType} ${nastyMails[n]?.name}`).toBe(true);
      }
    }
  });

  it('carries the status and the dates of the mail', async () => {
    const item = await inInbox(testMail('dated'), { read: true, flagged: true });
    expect(parseEmail(await bytesOf(await render(item)))).toMatchObject({
      read: true,
      flagged: true,
      replied: false,
      forwarded: false,
      deleted: false,
      received: '20261123T090000Z',
      created: '20261123T100000Z',
      modified: '20261123T100000Z',
      ext: [],
    });
  });

  it('over 64 kB goes through the spool, as text where XML can hold it and as base64 where not', async () => {
    const line = `${'long text '.repeat(7)}\r\n`;
    const text = testMail('text', line.repeat(6_000));
    const marked = testMail('marked', `${line.repeat(3_000)}]]>${line.repeat(3_000)}`);
    const binary = testMail('binary', `${line.repeat(5_000)}\x00\xff\x01${line.repeat(1_000)}`);
    for (const mail of [text, marked, binary]) {
      const item = await inInbox(mail);
      for (const headers of ['all', 'needed'] as const) {
        const object = await render(item, { headers });
        expect(object?.kind).toBe('spool');
        const bytes = await bytesOf(object);
        const { header, body } = splitHeader(mail.bytes);
        const expected = headers === 'all' ? mail.bytes : Buffer.concat([headerSet(header, 'needed').header, body]);
        expect(Buffer.from(parseEmail(bytes).emailItem ?? []).equals(Buffer.from(expected))).toBe(true);
        expect(new TextDecoder().decode(bytes.subarray(0, 600)).includes('enc="base64"')).toBe(mail !== text);
      }
      const plain = await render(item, { contentType: contentTypes.rfc822 });
      expect(Buffer.from(await bytesOf(plain)).equals(Buffer.from(mail.bytes))).toBe(true);
    }
  });

  it('leaves no spool behind when it cannot be finished', async () => {
    const item = await inInbox(testMail('broken off', 'x'.repeat(500_000)));
    let isBroken = true;
    const real = faulty.server.content.bind(faulty.server);
    Object.defineProperty(faulty.server, 'content', {
      configurable: true,
      value: async (...args: Parameters<typeof real>) => {
        const content = await real(...args);
        return content === undefined || !isBroken ? content : broken(content);
      },
    });
    expect(await render(item)).toMatchObject({ kind: 'unavailable', retry: true });
    expect(await rig.spools()).toEqual([]);
    isBroken = false;
    expect((await render(item))?.kind).toBe('spool');
  });
});

async function* broken(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let pieces = 0;
  for await (const piece of content) {
    yield piece;
    pieces += 1;
    if (pieces === 5) throw linkLost();
  }
}

describe('the headers of a mail', () => {
  it('are sent with what was left out: size of the whole mail, and bytes of its body', async () => {
    const mail = testMail('shape', 'body\r\n'.repeat(100));
    const item = await inInbox(mail);
    const { header, body } = splitHeader(mail.bytes);
    const all = await bytesOf(await render(item, { shape: 'headers' }));
    expect(parseEmail(all).emailItem).toEqual(header);
    expect(exts(all)).toEqual({ 'x-funambol-size': String(mail.bytes.length), 'x-funambol-body': String(body.length) });
    const needed = await bytesOf(await render(item, { shape: 'headers', headers: 'needed' }));
    expect(new TextDecoder().decode(parseEmail(needed).emailItem)).not.toContain('Received:');
    expect(exts(needed)['x-funambol-body']).toBe(String(body.length));
  });

  it('of many mails are asked for by one call for each folder', async () => {
    const mails = Array.from({ length: 40 }, (_, n) => testMail(`batch ${n}`));
    for (const mail of mails.slice(0, 30)) await put(rig.other, 'INBOX', mail);
    for (const mail of mails.slice(30)) await put(rig.other, 'Sent', mail);
    await rig.worker.refresh();
    const before = faulty.count('headers');
    const objects = await rig.worker.objects((await rig.items('mail')).map((item) => wish(item, { shape: 'headers' })));
    expect(objects.every((object) => object.kind === 'bytes')).toBe(true);
    expect(faulty.count('headers') - before).toBe(2);
  });
});

describe('objects', () => {
  it('of folders tell their name and the role that it has on the wire', async () => {
    const folders = await rig.items('folder');
    const objects = await rig.worker.objects(folders.map((folder) => wish(folder)));
    const roles = await Promise.all(objects.map(async (object) => parseFolder(await bytesOf(object))));
    expect(new Map(folders.map((folder, n) => [folder.role, roles[n]?.role]))).toEqual(
      new Map([
        ['inbox', 'inbox'],
        ['outbox', 'outbox'],
        ['sent', 'sent'],
        ['drafts', 'drafts'],
        ['trash', 'deleted'],
        ['archive', undefined],
        ['junk', undefined],
      ]),
    );
    expect(roles.map((role) => role.name)).toContain('Outbox');
  });

  it('of mails that only we have are read from the spool, with the reason why they were not sent', async () => {
    const mail = testMail('mine', 'x'.repeat(1_000));
    const draft = await rig.draft(await rig.folder('outbox'), mail);
    await rig.commit({
      write: 'append',
      mail: draft,
      received: { key: 'k', status: '201', text: null, guid: null, queueId: null, batch: 1 },
    });
    const { id } = await rig.mail(mail.messageId);
    await rig.store.db.updateTable('item').set({ send_error: '550 no\u0007 such mailbox' }).where('id', '=', id).execute();
    const item = await rig.item(id);
    const whole = await bytesOf(await render(item));
    expect(parseEmail(whole).emailItem).toEqual(mail.bytes);
    expect(exts(whole)[sendErrorExt]).toBe('550 no  such mailbox');
    expect(parseEmail(await bytesOf(await render(item, { shape: 'headers' }))).emailItem).toEqual(splitHeader(mail.bytes).header);
  });

  it('are made once for two devices, and anew when the mail has changed', async () => {
    const mail = testMail('cached');
    const item = await inInbox(mail);
    await render(item);
    await render(item);
    expect(faulty.count('content')).toBe(1);
    await rig.other.setFlags('INBOX', [item.remote_uid ?? ''], { read: true });
    await rig.worker.refresh();
    expect(parseEmail(await bytesOf(await render(await rig.item(item.id)))).read).toBe(true);
  });

  it('that the mail server cannot give now are to be asked for again, and the others come', async () => {
    const [here, there] = [testMail('here'), testMail('there')];
    await put(rig.other, 'INBOX', here);
    await put(rig.other, 'Sent', there);
    await rig.worker.refresh();
    faulty.faults = {
      before: ({ method, args }) => (args[0] === 'INBOX' && (method === 'headers' || method === 'content') ? linkLost() : undefined),
    };
    for (const shape of ['headers', 'full'] as const) {
      const wishes = [wish(await rig.mail(here.messageId), { shape }), wish(await rig.mail(there.messageId), { shape })];
      expect((await rig.worker.objects(wishes)).map((object) => [object.kind, 'retry' in object && object.retry])).toEqual([
        ['unavailable', true],
        ['bytes', false],
      ]);
    }
    faulty.faults = { before: ({ method }) => (method === 'content' ? refusal('message') : undefined) };
    expect(await render(await rig.mail(here.messageId))).toMatchObject({ kind: 'unavailable', retry: false });
  });

  it('of mails that are gone are not asked for again', async () => {
    const mail = testMail('gone');
    const item = await inInbox(mail);
    await rig.other.remove('INBOX', [item.remote_uid ?? '']);
    await rig.settled();
    expect(await render(item)).toEqual({ guid: rig.guid(item), kind: 'unavailable', retry: false });
    expect(await render({ ...item, id: 99_999 })).toMatchObject({ kind: 'unavailable', retry: false });
  });

  it('of a mail that was moved this very moment are found in its new place', async () => {
    const mail = testMail('moved');
    const item = await inInbox(mail);
    faulty.faults = {
      before: async ({ method, nth, args }) => {
        if (method === 'content' && nth === 0) await rig.other.move('INBOX', [String(args[1])], 'Archive');
        return undefined;
      },
    };
    expect(parseEmail(await bytesOf(await render(item))).emailItem).toEqual(mail.bytes);
  });

  it('of another account are not there', async () => {
    const item = await inInbox(testMail('mine alone'));
    const { id } = await rig.store.db
      .insertInto('account')
      .values({ person: 'eve', name: 'x', address: 'e@x', created: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    await rig.store.db.updateTable('item').set({ account: id }).where('id', '=', item.id).execute();
    expect(await render(item)).toMatchObject({ kind: 'unavailable', retry: false });
  });
});
