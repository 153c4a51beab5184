// Random lives of devices and a mailbox: edits on every side in any order, syncs in between, some of them cut.
import { Flag } from '@packetboat/client';
import type { MailFlags } from '@packetboat/mail';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { deviceState, DeviceDied, mailboxState, type Device, type Fault, type World } from '../../support/world.ts';
import { letter } from './clients.ts';
import { expectQuiet } from './in-step.ts';

const deviceEdits = ['mark', 'move', 'remove', 'send', 'draft'] as const;
const serverEdits = ['deliver', 'flag', 'move there', 'trash there', 'expunge'] as const;

type Mode = 'two-way' | 'slow' | 'refresh';

/** One thing that happens. Numbers choose among what there is at that moment. */
export type Happening =
  | {
      readonly on: 'device';
      readonly device: number;
      readonly edit: (typeof deviceEdits)[number];
      readonly mail: number;
      readonly to: number;
    }
  | { readonly on: 'server'; readonly edit: (typeof serverEdits)[number]; readonly mail: number; readonly to: number }
  | { readonly on: 'line'; readonly device: number; readonly mode: Mode; readonly fault: Fault | null; readonly at: number }
  | { readonly on: 'power' }
  | { readonly on: 'all lines' };

const number = fc.nat({ max: 1000 });

export const life: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        on: fc.constant('device' as const),
        device: number,
        edit: fc.constantFrom(...deviceEdits),
        mail: number,
        to: number,
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ on: fc.constant('server' as const), edit: fc.constantFrom(...serverEdits), mail: number, to: number }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        on: fc.constant('line' as const),
        device: number,
        mode: fc.oneof(
          { weight: 6, arbitrary: fc.constant<Mode>('two-way') },
          { weight: 2, arbitrary: fc.constant<Mode>('slow') },
          { weight: 1, arbitrary: fc.constant<Mode>('refresh') },
        ),
        fault: fc.option(fc.constantFrom<Fault>('lose request', 'lose reply', 'repeat', 'die before', 'die after'), { freq: 2 }),
        at: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ on: 'all lines' as const }) },
    { weight: 1, arbitrary: fc.constant({ on: 'power' as const }) },
  ),
  { minLength: 4, maxLength: 22 },
);

const flagNames = ['read', 'replied', 'forwarded', 'flagged', 'deleted'] as const;
const places = ['inbox', 'drafts', 'sent', 'trash', 'archive'] as const;

export class Life {
  readonly #world: World;
  readonly devices: Device[];
  #made = 0;
  /** Mails that nobody has removed for good: each has to be there, once. */
  readonly #kept = new Set<string>();
  readonly #sent = new Set<string>();

  constructor(world: World, devices: readonly Device[]) {
    this.#world = world;
    this.devices = [...devices];
  }

  async begin(mails: number): Promise<void> {
    for (let at = 0; at < mails; at += 1) await this.#deliver();
    for (const device of this.devices) await device.sync();
  }

  async happen(what: Happening): Promise<void> {
    if (what.on === 'server') return this.#onServer(what);
    if (what.on === 'power') return this.#world.restart();
    if (what.on === 'all lines') {
      await Promise.all(this.devices.map((_, at) => this.#sync(at, 'two-way', null, 1)));
      return;
    }
    const at = what.device % this.devices.length;
    if (what.on === 'line') return this.#sync(at, what.mode, what.fault, what.at);
    const device = this.devices[at];
    if (device !== undefined) await this.#onDevice(device, what);
  }

  /** Two syncs of every device, and then: all are equal, everything is there once, and nothing is left to move. */
  async end(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      await this.#world.settle();
      for (const device of this.devices) await device.sync();
    }
    await this.#world.settle();
    const there = await mailboxState(this.#world.mailbox());
    for (const device of this.devices) expect(await deviceState(device)).toEqual(there);
    const all = [...there.values()].flat().map((mail) => mail.split(' ')[0]);
    for (const id of this.#kept)
      expect(
        all.filter((each) => each === id),
        id,
      ).toHaveLength(1);
    expect(new Set(all).size).toBe(all.length);
    const received = [...(await mailboxState(this.#world.mailbox('bob'))).values()].flat().map((mail) => mail.split(' ')[0]);
    expect(received.toSorted()).toEqual([...this.#sent].toSorted());
    for (const device of this.devices) await expectQuiet(device);
  }

  async #sync(at: number, mode: Mode, fault: Fault | null, message: number): Promise<void> {
    const device = this.devices[at];
    if (device === undefined) return;
    if (fault !== null) device.line.faults.set(device.line.count + message, fault);
    try {
      await device.sync(mode);
    } catch (error) {
      if (!(error instanceof DeviceDied)) throw error;
      this.devices[at] = this.#world.reborn(device);
    }
    device.line.faults.clear();
  }

  async #deliver(): Promise<void> {
    const name = this.#name();
    await this.#world.deliver(letter(name));
    this.#kept.add(`<${name}@sender.test>`);
  }

  #name(): string {
    this.#made += 1;
    return `mail-${this.#made}`;
  }

  async #onDevice(device: Device, what: Extract<Happening, { on: 'device' }>): Promise<void> {
    const folders = await device.client.folders();
    if (what.edit === 'send' || what.edit === 'draft') {
      const folder = folders.find((each) => each.role === (what.edit === 'send' ? 'outbox' : 'drafts'));
      if (folder === undefined) return;
      const name = this.#name();
      const id = `<${name}@sender.test>`;
      const text = new TextDecoder().decode(letter(name)).replace('sender@elsewhere.test', 'alice@example.test');
      const mail = new TextEncoder().encode(text.replace('To: alice@example.test', 'To: bob@example.test'));
      await device.store.write(mail, folder.luid, Flag.Read, Date.now());
      this.#kept.add(id);
      if (what.edit === 'send') this.#sent.add(id);
      return;
    }
    const outbox = folders.find((each) => each.role === 'outbox')?.luid;
    // What is on its way out is left alone.
    const mails = (await device.client.ls({ limit: 1000 })).filter((mail) => mail.folder !== outbox);
    const mail = mails[what.mail % Math.max(1, mails.length)];
    if (mail === undefined) return;
    if (what.edit === 'mark') {
      const named = (what.to % 31) + 1;
      return device.client.mark(mail.luid, named, (what.to >> 5) & named);
    }
    if (what.edit === 'remove') {
      const trash = folders.find((each) => each.role === 'trash')?.luid;
      // Out of the trash it is gone for good; so is one that the server has never seen.
      if (mail.folder === trash || mail.unsent === 'new') this.#kept.delete(mail.summary.messageId ?? '');
      return device.client.rm(mail.luid);
    }
    const place = places[what.to % places.length];
    const folder = folders.find((each) => each.role === place || each.name.toLowerCase() === place);
    if (folder !== undefined) await device.client.move(mail.luid, folder.luid);
  }

  async #onServer(what: Extract<Happening, { on: 'server' }>): Promise<void> {
    if (what.edit === 'deliver') return this.#deliver();
    const box = this.#world.mailbox();
    const mails: { folder: string; uid: string; id: string }[] = [];
    const folders = await box.folders();
    for (const { path } of folders) {
      for await (const page of box.changes(path, undefined, () => Promise.resolve([])))
        for (const { uid, messageId } of page.added) mails.push({ folder: path, uid, id: messageId ?? '' });
    }
    const mail = mails[what.mail % Math.max(1, mails.length)];
    if (mail === undefined) return;
    if (what.edit === 'flag') {
      const name = flagNames[what.to % flagNames.length] ?? 'read';
      const flags: Partial<MailFlags> = { [name]: (what.to >> 3) % 2 === 0 };
      await box.setFlags(mail.folder, [mail.uid], flags);
      return;
    }
    if (what.edit === 'expunge') {
      this.#kept.delete(mail.id);
      return box.remove(mail.folder, [mail.uid]);
    }
    const role = what.edit === 'trash there' ? 'trash' : places[what.to % places.length];
    const to = folders.find((folder) => folder.role === role)?.path;
    if (to !== undefined && to !== mail.folder) await box.move(mail.folder, [mail.uid], to);
  }
}
