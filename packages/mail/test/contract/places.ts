// Where mails are: append, move, remove, find.
import { describe, expect, it } from 'vitest';
import type { MailServer, Placement } from '../../src/index.ts';
import { drain, latin1, plainMail, source, unique } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { NO_FLAGS, Replica, pull, put } from './replica.ts';

export function placesContract(harness: Harness): void {
  describe('append, move, remove and find', () => {
    appending(harness);
    moving(harness);
    removing(harness);
    finding(harness);
  });
}

async function makeFolder(server: MailServer): Promise<string> {
  const path = await server.childPath(undefined, unique('Places'));
  await server.createFolder(path);
  return path;
}

/** A server that cannot tell says nothing; what is said must be right. */
function expectPlaced(placement: Placement | undefined, uid: string | undefined, told: boolean): void {
  expect(placement).toBeDefined();
  expect(placement?.uid).toBe(told ? uid : undefined);
}

function appending(harness: Harness): void {
  it('says where an appended mail is, if the server can', async () => {
    const { server, tellsPlacement } = harness();
    const folder = await makeFolder(server);
    const placed = await server.append(folder, source(plainMail('placed').bytes), {}, Date.UTC(1999, 11, 31, 12, 0, 0));
    const [mail] = (await pull(server, folder)).added;
    expectPlaced(placed, mail?.uid, tellsPlacement);
    expect(mail?.received).toBe(Date.UTC(1999, 11, 31, 12, 0, 0));
  });

  it('refuses to append to a folder that is not there', async () => {
    const { server } = harness();
    const missing = await server.childPath(undefined, unique('Nowhere'));
    const append = server.append(missing, source(plainMail('lost').bytes), {}, Date.now());
    await expect(append).rejects.toMatchObject({ code: 'ERR_MAIL_REFUSED', scope: 'folder' });
  });
}

function moving(harness: Harness): void {
  it('moves mails with flags, time and bytes, and names those that were there', async () => {
    const { server, tellsPlacement } = harness();
    const [from, to] = [await makeFolder(server), await makeFolder(server)];
    const mails = [plainMail('first'), plainMail('second'), plainMail('stays'), plainMail('gone')];
    const uids: string[] = [];
    for (const mail of mails) uids.push(await put(server, from, mail, { flagged: true, forwarded: true }));
    const [first = '', second = '', stays = '', gone = ''] = uids;
    await server.remove(from, [gone]);
    const replica = new Replica(server, from);
    await replica.pull();

    const moved = await server.move(from, [second, first, gone, '3999998'], to);
    expect([...moved.keys()].toSorted()).toEqual([first, second].toSorted());
    const pulled = await replica.pull();
    expect(pulled.gone.toSorted()).toEqual([first, second].toSorted());
    expect([...replica.mails.keys()]).toEqual([stays]);
    const target = new Replica(server, to);
    await target.pull();
    expect(target.mails.size).toBe(2);
    for (const [uid, mail] of [
      [first, mails[0]],
      [second, mails[1]],
    ] as const) {
      const at = target.uid(mail?.messageId ?? '');
      expectPlaced(moved.get(uid), at, tellsPlacement);
      expect(target.mails.get(at)).toMatchObject({
        flags: { ...NO_FLAGS, flagged: true, forwarded: true },
        received: Date.UTC(2026, 10, 23, 9),
      });
      expect((await drain((await server.content(to, at)) ?? source(new Uint8Array()).open())).bytes).toEqual(mail?.bytes);
    }
  });

  it('moves a mail that is marked as deleted and leaves the other marked ones', async () => {
    const { server } = harness();
    const [from, to] = [await makeFolder(server), await makeFolder(server)];
    const uid = await put(server, from, plainMail('marked'), { deleted: true });
    const other = await put(server, from, plainMail('also marked'), { deleted: true });
    expect([...(await server.move(from, [uid], to)).keys()]).toEqual([uid]);
    expect((await pull(server, from)).added.map((mail) => mail.uid)).toEqual([other]);
    expect((await pull(server, to)).added).toMatchObject([{ flags: { ...NO_FLAGS, deleted: true } }]);
  });

  it('moves nothing when all are gone, and refuses a target that is not there', async () => {
    const { server } = harness();
    const [from, to] = [await makeFolder(server), await makeFolder(server)];
    const uid = await put(server, from, plainMail('stays'));
    expect((await server.move(from, ['3999997'], to)).size).toBe(0);
    expect((await server.move(from, [], to)).size).toBe(0);
    await expect(server.move(from, [uid], `${to} not there`)).rejects.toMatchObject({ code: 'ERR_MAIL_REFUSED' });
    expect((await pull(server, from)).added.map((mail) => mail.uid)).toEqual([uid]);
  });
}

function removing(harness: Harness): void {
  it('removes the named mails alone, not others that are marked as deleted', async () => {
    const { server, second } = harness();
    const folder = await makeFolder(server);
    const named = await put(server, folder, plainMail('named'));
    const marked = await put(server, folder, plainMail('marked'), { deleted: true, flagged: true });
    const other = await put(server, folder, plainMail('other'));
    await server.remove(folder, [named, '3999996']);
    const elsewhere = await second();
    const left = (await pull(elsewhere, folder)).added;
    await elsewhere.close();
    expect(left.map(({ uid, flags }) => [uid, flags])).toEqual([
      [marked, { ...NO_FLAGS, deleted: true, flagged: true }],
      [other, NO_FLAGS],
    ]);
    await server.remove(folder, []);
    await server.remove(folder, [named]);
    expect((await pull(server, folder)).added).toHaveLength(2);
  });

  it('does not touch a new mail by a uid from before its folder was made anew', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const old = await put(server, folder, plainMail('old'));
    await server.removeFolder(folder);
    await server.createFolder(folder);
    const fresh = await put(server, folder, plainMail('new'));
    await server.remove(folder, [old]);
    expect(await server.setFlags(folder, [old], { deleted: true })).toEqual([]);
    expect(await server.content(folder, old)).toBeUndefined();
    expect((await pull(server, folder)).added).toMatchObject([{ uid: fresh, flags: NO_FLAGS }]);
  });
}

function finding(harness: Harness): void {
  it('finds mails by their whole Message-ID', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mail = plainMail('sought');
    const id = mail.messageId;
    const uids = [await put(server, folder, mail), await put(server, folder, plainMail('other')), await put(server, folder, mail)];
    await server.append(folder, source(latin1(`From: x@example.test\r\nMessage-ID: x${id}\r\n\r\nlonger\r\n`)), {}, Date.now());
    const first = (await pull(server, folder)).added.filter((each) => each.messageId === id).map((each) => each.uid);
    expect(uids).toHaveLength(3);
    expect((await server.find(folder, id)).toSorted()).toEqual(first.toSorted());
    expect(first).toHaveLength(2);
    expect(await server.find(folder, '<nobody@example.test>')).toEqual([]);
    expect(await server.find(folder, id.slice(1, -1))).toEqual([]);
  });

  it('finds a Message-ID with quotes, back slashes and 8-bit characters', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    for (const id of ['<"a b\\c"@example.test>'.replace(' ', ''), '<{3}%*@example.test>', '<caf\xe9@example.test>']) {
      await server.append(folder, source(latin1(`From: x@example.test\r\nMessage-ID: ${id}\r\n\r\nx\r\n`)), {}, Date.now());
      const mail = (await pull(server, folder)).added.at(-1);
      expect(mail?.messageId).toBe(id);
      expect(await server.find(folder, id)).toEqual([mail?.uid]);
    }
  });
}
