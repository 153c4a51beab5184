// A plain server that keeps the protocol in its own manner, drawn by lot: commands in any order, Statuses over several messages and
// late, Results that nobody asked for, its changes in pieces. Whatever its manner, both sides end with the same.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMemoryClientStore, Flag } from '@packetboat/client';
import { contentTypes, dataBytes, generateEmail, generateFolder, parseEmail, type Message } from '@packetboat/syncml';
import { largeLetter, letter } from './support/clients.ts';
import { alertIn, commandsIn, oddWorld, serverAlert, serverSync, statusFor, type OddReply } from './support/odd-server.ts';
import type { Unnumbered } from './support/raw-device.ts';

/** The server's manner: a source of small numbers. */
type Lot = (below: number) => number;

class OddLife {
  readonly #lot: Lot;
  readonly maps = new Map<string, string>();
  readonly received: string[] = [];
  #toSend: Unnumbered[];
  #owed: Unnumbered[] = [];
  #pieces: Uint8Array[] = [];
  #phase: 'alert' | 'client' | 'server' = 'alert';
  #run = 0;

  constructor(lot: Lot, items: readonly Unnumbered[]) {
    this.#lot = lot;
    this.#toSend = [...items];
  }

  answer(request: Message): OddReply {
    const alert = alertIn(request);
    if (alert !== undefined) this.#phase = 'alert';
    for (const command of request.commands) {
      if (command.name === 'Map') for (const item of command.mapItems) this.maps.set(item.target.locUri, item.source.locUri);
    }
    for (const command of commandsIn(request)) this.#take(request, command);
    if (this.#phase === 'alert' && alert !== undefined) {
      this.#run += 1;
      this.#phase = 'client';
      const anchors =
        this.#run === 1 ? { next: 'S1' } : { ...(this.#lot(2) === 0 ? {} : { last: `S${this.#run - 1}` }), next: `S${this.#run}` };
      return this.#odd([statusFor(request, alert, 200), serverAlert(this.#run === 1 ? 201 : 200, anchors)], true);
    }
    if (this.#phase === 'client') {
      if (!request.final) return this.#odd(this.#someOwed(), this.#lot(2) === 0);
      this.#phase = 'server';
    }
    const now = this.#toSend.splice(0, 1 + this.#lot(4));
    // It dawdles, but it gets on.
    const owed = this.#owed.splice(0, 1 + this.#lot(5));
    const isLast = this.#toSend.length === 0 && this.#owed.length === 0;
    return this.#odd([...owed, ...(now.length === 0 ? [] : this.#syncs(now))], isLast);
  }

  #take(request: Message, command: ReturnType<typeof commandsIn>[number]): void {
    for (const item of command.items) {
      const luid = item.source?.locUri ?? '';
      const isPiece = item.moreData === true;
      if (command.name === 'Add') {
        this.#pieces.push(dataBytes(item.data) ?? new Uint8Array());
        if (!isPiece) {
          this.received.push(`${luid} ${parseEmail(Buffer.concat(this.#pieces)).emailItem?.length ?? 0}`);
          this.#pieces = [];
        }
      } else this.received.push(`${command.name} ${luid}`);
      this.#owed.push(
        statusFor(request, command, isPiece ? 213 : command.name === 'Add' ? 201 : 200, this.#lot(2) === 0 ? luid : undefined),
      );
    }
  }

  #someOwed(): readonly Unnumbered[] {
    return this.#owed.splice(0, this.#lot(this.#owed.length + 1));
  }

  /** In one Sync or two, or inside a Sequence. */
  #syncs(items: readonly Unnumbered[]): readonly Unnumbered[] {
    const at = this.#lot(items.length);
    if (this.#lot(4) === 0) {
      const commands = items.map((item, n) => ({ ...item, cmdId: String(300 + n) }));
      return [serverSync([{ name: 'Sequence', commands }])];
    }
    return at === 0 ? [serverSync(items)] : [serverSync(items.slice(0, at)), serverSync(items.slice(at), 200)];
  }

  #odd(commands: readonly Unnumbered[], final: boolean): OddReply {
    const unasked: Unnumbered = {
      name: 'Results',
      msgRef: '1',
      cmdRef: '9',
      items: [{ source: { locUri: './x' }, data: { kind: 'text', text: 'unasked' } }],
    };
    const all = this.#lot(3) === 0 ? [...commands, unasked] : [...commands];
    const syncs = all.filter((command) => command.name === 'Sync');
    const others = all.filter((command) => command.name !== 'Sync');
    // The order of Syncs is the order of changes; all else may stand anywhere.
    const mixed = this.#lot(2) === 0 ? [...syncs, ...others.toReversed()] : [...others.toReversed(), ...syncs];
    return { commands: mixed, final };
  }
}

const folder = (luid: string, name: string): Unnumbered => ({
  name: 'Add',
  meta: { type: contentTypes.folder },
  items: [{ source: { locUri: luid }, sourceParent: '/', data: { kind: 'bytes', bytes: generateFolder({ name, ext: [] }) } }],
});

const mailOf = (guid: string): Unnumbered => ({
  name: 'Add',
  meta: { type: contentTypes.email },
  items: [
    {
      source: { locUri: guid },
      sourceParent: '4',
      data: { kind: 'bytes', bytes: generateEmail({ emailItem: letter(`m${guid}`), ext: [] }) },
    },
  ],
});

it('both sides end with the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 1_000 }), { minLength: 5, maxLength: 60 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      async (lots, mails, drafts, isLarge) => {
        let at = 0;
        const lot: Lot = (below) => (lots[(at += 1) % lots.length] ?? 0) % below;
        const guids = Array.from({ length: mails }, (_, n) => String(10 + n));
        const server = new OddLife(lot, [folder('4', 'Drafts'), ...guids.map(mailOf)]);
        const store = createMemoryClientStore();
        const { client } = oddWorld({ profile: false, store, answer: (request) => server.answer(request) });
        expect((await client.sync()).error).toBeNull();
        expect((await client.ls({ limit: 100 })).map((mail) => mail.luid).toSorted()).toEqual(guids);
        expect([...server.maps.keys()].toSorted()).toEqual(['4', ...guids].toSorted());
        const written: string[] = [];
        for (let n = 0; n < drafts; n += 1) {
          const mail = isLarge && n === 0 ? largeLetter('large', 150_000) : letter(`draft${n}`);
          written.push(`${await store.write(mail, '4', Flag.Read, 1)} ${mail.length}`);
        }
        for (const guid of guids.slice(0, 3)) await store.mark(guid, Flag.Flagged, Flag.Flagged);
        const outcome = await client.sync();
        expect(outcome.error).toBeNull();
        expect(outcome.type).toBe('two-way');
        expect(server.received.toSorted()).toEqual([...written, ...guids.slice(0, 3).map((guid) => `Replace ${guid}`)].toSorted());
        expect((await store.stats()).unsentChanges).toBe(0);
        const count = server.received.length;
        expect((await client.sync()).error).toBeNull();
        expect(server.received).toHaveLength(count);
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
