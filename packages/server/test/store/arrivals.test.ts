import { describe, expect, it } from 'vitest';
import type { NewMail, ServerWrite } from '@packetboat/datasync';
import { mailDigest } from '@packetboat/mail';
import { type Device, makeWorld, type World } from './world.ts';

const header = 'Message-ID: <one@example.org>\r\nFrom: ann@example.org\r\nSubject: hello\r\n\r\n';
const bytes = new TextEncoder().encode(`${header}${'line\r\n'.repeat(30_000)}`);

function newMail(world: World, device: Device, more: Partial<NewMail> = {}): NewMail {
  return {
    account: String(world.account),
    parent: world.guid(world.inbox),
    flags: 9,
    received: 77,
    generations: [device.generation],
    luid: 'l1',
    shape: 'full',
    mail: { bytes },
    ...more,
  };
}

const record = (key: string) => ({ key, status: '201', text: null, guid: null, queueId: null, batch: 3 });

async function onlyMail(world: World): Promise<number> {
  const rows = await world.store.db.selectFrom('item').select('id').where('kind', '=', 'mail').execute();
  expect(rows).toHaveLength(1);
  return rows[0]?.id ?? 0;
}

describe('a new mail of a device', () => {
  it('becomes an item with its content in the spool, a row that does not echo, and an append for the mail server', async () => {
    const world = await makeWorld();
    const [device, other] = [await world.device(), await world.device()];
    await device.settle();
    await other.settle();
    await world.commit({ write: 'append', mail: newMail(world, device), received: record('k') });
    const id = await onlyMail(world);
    const item = await world.item(id);
    expect(item).toMatchObject({
      parent: world.inbox,
      flags: 9,
      received: 77,
      size: bytes.length,
      message_id: '<one@example.org>',
      digest: mailDigest(new TextEncoder().encode(header), bytes.length),
      remote_uid: null,
      rev: await world.rev(),
    });
    expect(await world.ask.spool({ spool: item.spool ?? '', from: 0, length: bytes.length + 9 })).toEqual(bytes);
    const chunks = await world.store.db.selectFrom('spool').select('bytes').execute();
    expect(Math.max(...chunks.map((chunk) => chunk.bytes.length))).toBe(65_536);
    expect(await world.operations()).toMatchObject([{ kind: 'append', item: id, args: '{}' }]);
    expect(await device.row(id)).toMatchObject({
      luid: 'l1',
      state: 'ok',
      ackRev: item.rev,
      ackFlags: 9,
      ackParent: world.guid(world.inbox),
      shape: 'full',
      sent: null,
    });
    expect(await world.ask.received({ generation: device.generation, keys: ['k', 'other'] })).toEqual([
      { ...record('k'), guid: world.guid(id) },
    ]);
    await device.plan();
    await other.plan();
    expect(await device.todo()).toEqual([]);
    expect(await other.todo()).toEqual([id]);
  });

  it('gets a row in every generation of the device that is named', async () => {
    const world = await makeWorld();
    const device = await world.device();
    const building = await world.ask.newGeneration({
      binding: device.binding,
      view: { kind: 'hierarchical' },
      viewHash: 'n',
      wanted: 'full',
    });
    await world.commit({
      write: 'append',
      mail: newMail(world, device, { generations: [building.id, device.generation] }),
      received: record('k'),
    });
    const guids = [world.guid(await onlyMail(world))];
    for (const generation of [building.id, device.generation]) {
      expect(await world.ask.rowsByGuid({ generation, guids })).toMatchObject([{ row: { luid: 'l1', state: 'ok' } }]);
    }
    expect(await world.ask.received({ generation: building.id, keys: ['k'] })).toHaveLength(1);
    const other = await world.device();
    expect(await world.ask.received({ generation: other.generation, keys: ['k'] })).toEqual([]);
  });

  it('takes over the LUID of a mail that the device had under it', async () => {
    const world = await makeWorld();
    const old = await world.mail();
    const device = await world.device();
    await device.settle();
    const row = await device.row(old.id);
    if (row === null) throw new Error('no row');
    await device.write({ ...row, luid: 'l1' });
    await world.commit({ write: 'append', mail: newMail(world, device), received: record('k') });
    const found = await world.ask.rowsByLuid({ generation: device.generation, luids: ['l1'] });
    expect(found).toHaveLength(1);
    expect(found[0]?.item?.guid).not.toBe(world.guid(old.id));
    expect(await device.row(old.id)).toMatchObject({ state: 'held', reason: 'deleted-here', luid: null });
  });

  it('in the Outbox is not filed at the mail server', async () => {
    const world = await makeWorld();
    const device = await world.device();
    await world.commit({ write: 'append', mail: newMail(world, device, { parent: world.guid(world.outbox) }), received: record('k') });
    expect(await world.operations()).toEqual([]);
  });

  it('without a header is taken as it is', async () => {
    const world = await makeWorld();
    const device = await world.device();
    await world.commit({ write: 'append', mail: newMail(world, device, { mail: { bytes: new Uint8Array(0) } }), received: record('k') });
    expect(await world.item(await onlyMail(world))).toMatchObject({ size: 0, message_id: null });
  });

  it('is not half there when something else of the commit fails', async () => {
    const world = await makeWorld();
    const device = await world.device();
    const rev = await world.rev();
    const bad: ServerWrite = { write: 'dropRow', generation: device.generation, guid: 'nonsense' };
    await expect(world.commit({ write: 'append', mail: newMail(world, device), received: record('k') }, bad)).rejects.toMatchObject({
      code: 'ERR_STORE_NOT_FOUND',
    });
    expect(await world.rev()).toBe(rev);
    expect(await world.store.db.selectFrom('spool').select('id').execute()).toEqual([]);
    expect(await world.ask.received({ generation: device.generation, keys: ['k'] })).toEqual([]);
  });
});

describe('a mail to be sent', () => {
  it('lies in the Outbox with a row in the submission queue, and is not sent again in a slow sync', async () => {
    const world = await makeWorld();
    const device = await world.device();
    const send: ServerWrite = {
      write: 'send',
      mail: newMail(world, device, { parent: world.guid(world.outbox) }),
      queueId: 'q1',
      envelope: { from: 'ann@example.org', to: ['bob@example.org', 'eve@example.org'] },
      messageId: '<fixed@example.org>',
      received: { ...record('sent'), status: '202', queueId: 'q1' },
    };
    await world.commit(send, { write: 'received', generation: device.generation, record: record('other') });
    const id = await onlyMail(world);
    expect(await world.item(id)).toMatchObject({ parent: world.outbox, message_id: '<fixed@example.org>' });
    expect(await world.store.db.selectFrom('submission').selectAll().execute()).toMatchObject([
      {
        queue_id: 'q1',
        account: world.account,
        item: id,
        message_id: '<fixed@example.org>',
        envelope: '{"from":"ann@example.org","to":["bob@example.org","eve@example.org"]}',
        state: 'waiting',
        attempts: 0,
        next_at: world.clock.time,
        text: null,
        created: world.clock.time,
      },
    ]);
    expect(await world.operations()).toEqual([]);
    const kept = { key: 'sent', status: '202', text: null, guid: world.guid(id), queueId: 'q1', batch: 3 };
    const ask = (generation: number) => world.ask.received({ generation, keys: ['sent', 'other'] });
    expect(await ask(device.generation)).toEqual(expect.arrayContaining([kept, record('other')]));
    // A slow sync that is broken off and begun again, and then completes.
    const slow = { binding: device.binding, view: { kind: 'hierarchical' }, viewHash: 'n', wanted: 'full' } as const;
    const first = await world.ask.newGeneration(slow);
    expect(await ask(first.id)).toContainEqual(kept);
    await world.commit({ write: 'received', generation: first.id, record: { ...kept, status: '201', queueId: null, guid: null } });
    const done = { ...kept, status: '201', queueId: null };
    const second = await world.ask.newGeneration(slow);
    await world.commit({ write: 'switch', binding: device.binding });
    expect(await ask(second.id)).toContainEqual(done);
    await world.commit({ write: 'forgetReceived', generation: second.id, batch: 2 });
    expect(await ask(second.id)).toHaveLength(2);
    await world.commit({ write: 'forgetReceived', generation: second.id, batch: 3 });
    expect(await ask(second.id)).toEqual([]);
  });
});
