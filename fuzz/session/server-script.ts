// What a hostile server does, as data: how it spoils the answers of an honest one, while a client does what its user wants.
import type { Random } from '../../test/support/random.ts';
import { inventDamage, type Damage } from '../mutate/tree.ts';

/** One answer. */
export interface Spoiling {
  readonly damages?: readonly Damage[];
  /** Per cent of the bytes that are sent. */
  readonly cut?: number;
  readonly flips?: readonly number[];
  /** So many answers before this one instead. */
  readonly old?: number;
  /** Another status of HTTP. */
  readonly status?: number;
  readonly type?: string;
}

export const modes = ['two-way', 'slow', 'send', 'receive', 'refresh'] as const;
export const deeds = ['mark', 'remove', 'move', 'draft', 'send', 'fetch'] as const;

/** One sync of the client, with what its user did before. */
export interface Round {
  readonly mode: (typeof modes)[number];
  readonly deeds: readonly (typeof deeds)[number][];
  /** By exchange; what is not named is honest. */
  readonly spoilings: readonly Spoiling[];
  /** The last of these goes on to the end. */
  readonly forever?: true;
}

export interface ServerScript {
  readonly profile: boolean;
  readonly encoding: 'wbxml' | 'xml';
  readonly version: '1.1' | '1.2';
  readonly mails: 'headers' | 'full';
  readonly rounds: readonly Round[];
}

const honest: readonly Round[] = [
  { mode: 'two-way', deeds: [], spoilings: [] },
  { mode: 'two-way', deeds: ['mark', 'draft', 'move'], spoilings: [] },
];

export function honestScripts(): readonly ServerScript[] {
  const base = { profile: true, encoding: 'wbxml', version: '1.2', mails: 'headers', rounds: honest } as const;
  return [
    base,
    { ...base, profile: false, mails: 'full' },
    { ...base, encoding: 'xml' },
    { ...base, profile: false, encoding: 'xml', version: '1.1' },
  ];
}

export function inventServerScript(random: Random): ServerScript {
  const scripts = honestScripts();
  const script = scripts[random.integer(scripts.length)] ?? {
    profile: true,
    encoding: 'wbxml',
    version: '1.2',
    mails: 'headers',
    rounds: honest,
  };
  return mutateServerScript(script, script, random);
}

export function mutateServerScript(script: ServerScript, other: ServerScript, random: Random): ServerScript {
  let result = script;
  for (let change = random.integer(4); change >= 0; change -= 1) result = changeScript(result, other, random);
  return result;
}

function changeScript(script: ServerScript, other: ServerScript, random: Random): ServerScript {
  const { rounds } = script;
  const at = random.integer(rounds.length);
  const round = rounds[at] ?? { mode: 'two-way', deeds: [], spoilings: [] };
  const put = (...pieces: readonly Round[]): ServerScript => ({ ...script, rounds: rounds.toSpliced(at, 1, ...pieces).slice(0, 5) });
  switch (random.integer(10)) {
    case 0:
      return put(round, { mode: random.pick(modes), deeds: [random.pick(deeds)], spoilings: [inventSpoiling(random)] });
    case 1:
      return rounds.length > 1 ? put() : put({ ...round, mode: random.pick(modes) });
    case 2:
      return put({ ...round, deeds: [...round.deeds, random.pick(deeds)].slice(-6) });
    case 3:
      return { ...script, rounds: [...rounds.slice(0, at), ...other.rounds.slice(random.integer(other.rounds.length))].slice(0, 5) };
    case 4:
      return put({ ...round, forever: true });
    default: {
      const index = random.integer(Math.min(6, round.spoilings.length + 2));
      const before = round.spoilings[index] ?? {};
      const spoilings = Array.from({ length: Math.max(index + 1, round.spoilings.length) }, (_, place) => round.spoilings[place] ?? {});
      return put({ ...round, spoilings: spoilings.with(index, { ...before, ...inventSpoiling(random, before) }) });
    }
  }
}

function inventSpoiling(random: Random, before: Spoiling = {}): Spoiling {
  switch (random.integer(14)) {
    case 0:
      return { cut: random.integer(100) };
    case 1:
      return { flips: Array.from({ length: 1 + random.integer(3) }, () => random.integer(40_000)) };
    case 2:
      return { old: 1 + random.integer(3) };
    case 3:
      return { status: random.pick([400, 401, 409, 500, 503]) };
    case 4:
      return { type: random.pick(['text/html', 'application/vnd.syncml+xml', 'application/vnd.syncml+wbxml', '']) };
    default:
      return { damages: [...(before.damages ?? []), inventDamage(random)].slice(-6) };
  }
}

export function* smallerServerScripts(script: ServerScript): Iterable<ServerScript> {
  for (const [at, round] of script.rounds.entries()) {
    yield { ...script, rounds: script.rounds.toSpliced(at, 1) };
    for (const smaller of smallerRounds(round)) yield { ...script, rounds: script.rounds.toSpliced(at, 1, smaller) };
  }
}

function* smallerRounds(round: Round): Iterable<Round> {
  const { forever: _forever, ...once } = round;
  yield once;
  for (const at of round.deeds.keys()) yield { ...round, deeds: round.deeds.toSpliced(at, 1) };
  yield { ...round, spoilings: round.spoilings.slice(0, -1) };
  for (const [at, spoiling] of round.spoilings.entries()) {
    if (Object.keys(spoiling).length > 0) yield { ...round, spoilings: round.spoilings.with(at, {}) };
    for (const smaller of smallerSpoilings(spoiling)) yield { ...round, spoilings: round.spoilings.with(at, smaller) };
  }
}

function* smallerSpoilings(spoiling: Spoiling): Iterable<Spoiling> {
  for (const name of Object.keys(spoiling)) yield Object.fromEntries(Object.entries(spoiling).filter(([key]) => key !== name));
  for (const at of spoiling.damages?.keys() ?? []) yield { ...spoiling, damages: spoiling.damages?.toSpliced(at, 1) ?? [] };
}
