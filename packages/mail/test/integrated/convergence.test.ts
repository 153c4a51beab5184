// Any sequence of operations: two callers that pull now and then end with what the store has, and are never told twice.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailFlags, MailServer } from '../../src/index.ts';
import { plainMail, source } from '../contract/harness.ts';
import { NO_FLAGS, pull, Replica } from '../contract/replica.ts';
import { openTestStore } from './support.ts';

type Place = 'Archive' | 'Junk';
type Step =
  | { readonly kind: 'append'; readonly place: Place; readonly count: number }
  | { readonly kind: 'flags'; readonly place: Place; readonly picks: readonly number[]; readonly flags: Partial<MailFlags> }
  | { readonly kind: 'move'; readonly place: Place; readonly to: Place; readonly picks: readonly number[] }
  | { readonly kind: 'remove'; readonly place: Place; readonly picks: readonly number[] }
  | { readonly kind: 'pull'; readonly caller: 0 | 1; readonly place: Place };

const place = fc.constantFrom<Place>('Archive', 'Junk');
const picks = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });
const flags = fc.record({ read: fc.boolean(), flagged: fc.boolean(), deleted: fc.boolean() }, { requiredKeys: [] });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), place, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('flags' as const), place, picks, flags }),
  fc.record({ kind: fc.constant('move' as const), place, to: place, picks }),
  fc.record({ kind: fc.constant('remove' as const), place, picks }),
  fc.record({ kind: fc.constant('pull' as const), caller: fc.constantFrom(0 as const, 1 as const), place }),
);

interface ModelMail {
  uid: string;
  emailId: string;
  flags: MailFlags;
}

/** What the store must hold, kept without it. */
class Model {
  readonly #places: Record<Place, ModelMail[]> = { Archive: [], Junk: [] };

  at(where: Place): ModelMail[] {
    return this.#places[where];
  }

  chosen(where: Place, numbers: readonly number[]): ModelMail[] {
    const mails = this.#places[where];
    return mails.length === 0 ? [] : [...new Set(numbers.map((n) => mails[n % mails.length]))].filter((mail) => mail !== undefined);
  }

  drop(where: Place, gone: readonly ModelMail[]): void {
    this.#places[where] = this.#places[where].filter((mail) => !gone.includes(mail));
  }
}

async function append(server: MailServer, model: Model, where: Place): Promise<void> {
  const { uid } = await server.append(where, source(plainMail('x').bytes), {}, 1000);
  const mail = (await pull(server, where)).added.find((each) => each.uid === uid);
  model.at(where).push({ uid: uid ?? '', emailId: mail?.emailId ?? '', flags: NO_FLAGS });
}

async function move(server: MailServer, model: Model, from: Place, to: Place, mails: readonly ModelMail[]): Promise<void> {
  const moved = await server.move(
    from,
    mails.map((mail) => mail.uid),
    to,
  );
  expect(moved.size).toBe(mails.length);
  model.drop(from, mails);
  for (const mail of mails) model.at(to).push({ ...mail, uid: moved.get(mail.uid)?.uid ?? '' });
}

async function play(server: MailServer, model: Model, replicas: readonly Record<Place, Replica>[], each: Step): Promise<void> {
  switch (each.kind) {
    case 'append':
      for (let n = 0; n < each.count; n++) await append(server, model, each.place);
      return;
    case 'flags': {
      const mails = model.chosen(each.place, each.picks);
      for (const mail of mails) mail.flags = { ...mail.flags, ...each.flags };
      const uids = mails.map((mail) => mail.uid);
      expect((await server.setFlags(each.place, uids, each.flags)).toSorted()).toEqual(uids.toSorted());
      return;
    }
    case 'move':
      return move(server, model, each.place, each.to, model.chosen(each.place, each.picks));
    case 'remove': {
      const mails = model.chosen(each.place, each.picks);
      await server.remove(
        each.place,
        mails.map((mail) => mail.uid),
      );
      model.drop(each.place, mails);
      return;
    }
    case 'pull':
      return pullStrictly(replicas[each.caller]?.[each.place]);
  }
}

/** Pulls, and checks that nothing is told that the caller knows already. */
async function pullStrictly(replica: Replica | undefined): Promise<void> {
  if (replica === undefined) throw new Error('no such caller');
  const had = new Map(replica.mails);
  const { added, changed, gone, reset } = await replica.pull();
  expect(reset).toBe(false);
  for (const mail of added) expect(had.has(mail.uid)).toBe(false);
  for (const { uid } of changed) expect(had.has(uid)).toBe(true);
  for (const uid of gone) expect(had.has(uid)).toBe(true);
  for (const list of [added, changed]) expect(new Set(list.map((each) => each.uid)).size).toBe(list.length);
}

function byUid(a: { uid: string }, b: { uid: string }): number {
  return a.uid.localeCompare(b.uid, 'en', { numeric: true });
}

/** Those of the uids that are at these places. */
function pick(uids: readonly string[], ...places: readonly number[]): string[] {
  return places.flatMap((each) => uids[each] ?? []);
}

describe('changes since a cursor', () => {
  it('lead every caller to what the store has, whatever happens between', { timeout: 120_000 }, async () => {
    await using opened = await openTestStore();
    let run = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (list) => {
      const user = `person${run++}`;
      await opened.store.addPerson({ user, address: `${user}@run.test` });
      const server = opened.store.mailServer(user);
      const model = new Model();
      const replicas = [0, 1].map(() => ({ Archive: new Replica(server, 'Archive'), Junk: new Replica(server, 'Junk') }));
      for (const each of list) await play(server, model, replicas, each);
      for (const replica of replicas) {
        for (const where of ['Archive', 'Junk'] as const) {
          await pullStrictly(replica[where]);
          const held = [...replica[where].mails.values()].map((mail) => ({ uid: mail.uid, emailId: mail.emailId, flags: mail.flags }));
          expect(held.toSorted(byUid)).toEqual(model.at(where).toSorted(byUid));
          const { cursor } = replica[where];
          expect(await replica[where].pull()).toMatchObject({ added: [], changed: [], gone: [], cursor });
        }
      }
    });
    await fc.assert(property, { numRuns: 60, seed: 11 });
  });

  it('lead to the truth when mails come, change and go while the pages are read', { timeout: 60_000 }, async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('alice');
    const uids: string[] = [];
    for (let n = 0; n < 1200; n++) uids.push((await server.append('Archive', source(plainMail(`m${n}`).bytes), {}, n)).uid ?? '');
    const replica = new Replica(server, 'Archive');
    let page = 0;
    let touched = 0;
    let cursor: string | undefined;
    for await (const part of server.changes('Archive', undefined, async () => [])) {
      for (const mail of part.added) replica.mails.set(mail.uid, mail);
      // Mails of the pages read and of those to come change and vanish, and new ones arrive.
      const at = page++ * 500;
      touched += (await server.setFlags('Archive', pick(uids, at + 10, at + 700), { flagged: true })).length;
      await server.remove('Archive', pick(uids, at + 20, at + 720));
      await server.append('Archive', source(plainMail('late').bytes), {}, 0);
      cursor = part.cursor;
    }
    expect(page).toBeGreaterThan(2);
    expect(touched).toBeGreaterThan(3);
    replica.cursor = cursor;
    await replica.pull();
    await replica.expectComplete();
  });

  it('cost as much as there are changes: many changes in one step come in pages', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('alice');
    for (let n = 0; n < 1100; n++) await server.append('Archive', source(plainMail(`m${n}`).bytes), {}, n);
    const replica = new Replica(server, 'Archive');
    await replica.pull();
    const uids = [...replica.mails.keys()];
    await server.setFlags('Archive', uids, { read: true });
    await server.setFlags('Archive', uids, { flagged: true });
    const changed = await replica.pull();
    expect(changed.changed).toHaveLength(1100);
    for (const part of changed.pages) expect(part.changed.length).toBeLessThanOrEqual(500);
    await server.remove('Archive', uids.slice(0, 1050));
    expect((await replica.pull()).gone).toHaveLength(1050);
    await replica.expectComplete();
  });
});
