// What a hostile device does, as data: every input of the session target is a script in JSON, so that it can be read, changed
// by hand and played again after the code has changed.
import type { Random } from '../../test/support/random.ts';
import { inventDamage, type Damage } from '../mutate/tree.ts';
import { blockNames } from './blocks.ts';

/** One message, or one that was sent before. */
export interface Step {
  /** Commands, by name (`blocks.ts`). */
  readonly say: readonly string[];
  /** True: the message does not end its package. */
  readonly open?: true;
  /** Begins another session first. */
  readonly fresh?: true;
  readonly cred?: 'none' | 'wrong' | 'basic';
  /** The address without the session's token, or with one that nobody has. */
  readonly address?: 'base' | 'wrong';
  /** What is added to the MsgID, where that is not 1. */
  readonly number?: number;
  readonly damages?: readonly Damage[];
  /** Per cent of the bytes that are sent. */
  readonly cut?: number;
  /** Bits that are turned over. */
  readonly flips?: readonly number[];
  /** Sends the bytes of so many messages before this one instead. */
  readonly again?: number;
  /** Sends the message twice at once. */
  readonly twice?: true;
}

/** The life of one device. */
export interface Life {
  readonly profile: boolean;
  readonly encoding: 'wbxml' | 'xml';
  readonly version: '1.1' | '1.2';
  /** MaxMsgSize of every message. */
  readonly maxMsgSize: number;
  readonly steps: readonly Step[];
}

/** Lives in one world, one after the other. */
export interface Script {
  readonly lives: readonly Life[];
}

const mostSteps = 24;

export function toBytes(script: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(script)}\n`);
}

/** The script in an input; what is missing in it is as usual. */
export function readScript(input: Uint8Array): Script {
  return JSON.parse(new TextDecoder().decode(input)) as Script;
}

const plainSteps: readonly Step[] = [
  { say: ['put', 'alert 201'] },
  { say: ['sync'] },
  { say: ['answers', 'alert 222'] },
  { say: ['answers'] },
  { say: ['alert 200'], fresh: true },
  { say: ['sync add', 'sync flags'] },
  { say: ['answers'] },
];
const profileSteps: readonly Step[] = [
  { say: ['put', 'alert 201', 'sync'] },
  { say: ['alert 200'] },
  { say: ['alert 200', 'sync add'], fresh: true },
  { say: ['alert 200', 'sync batch', 'sync move'], fresh: true },
];
const chunkSteps: readonly Step[] = [
  ...plainSteps.slice(0, 4),
  { say: ['alert 200'], fresh: true },
  { say: ['sync first chunk'], open: true },
  { say: ['sync next chunk'], open: true },
  { say: ['sync last chunk', 'sync send'] },
  { say: ['answers'] },
];

/** What a well-behaved device says. */
export function goodScripts(): readonly Script[] {
  const plain = { profile: false, encoding: 'wbxml', version: '1.2', maxMsgSize: 65_536 } as const;
  return [
    { ...plain, steps: plainSteps },
    { ...plain, encoding: 'xml', version: '1.1', maxMsgSize: 4_000, steps: plainSteps } as const,
    { ...plain, steps: chunkSteps },
    { ...plain, encoding: 'xml', maxMsgSize: 1_500, steps: chunkSteps } as const,
    { ...plain, profile: true, steps: profileSteps },
    { ...plain, profile: true, encoding: 'xml', maxMsgSize: 2_000, steps: profileSteps } as const,
  ].map((life) => ({ lives: [life] }));
}

export function inventScript(random: Random): Script {
  const good = goodScripts();
  const script = good[random.integer(good.length)] ?? { lives: [] };
  return mutateScript(script, script, random);
}

/** A script with one to four changes; it has one life, whatever it was made of. */
export function mutateScript(script: Script, other: Script, random: Random): Script {
  let life = script.lives.at(-1) ?? goodScripts()[0]?.lives[0];
  if (life === undefined) return script;
  for (let change = random.integer(4); change >= 0; change -= 1) life = changeLife(life, other.lives.at(-1)?.steps ?? [], random);
  return { lives: [life] };
}

function changeLife(life: Life, others: readonly Step[], random: Random): Life {
  const { steps } = life;
  const at = random.integer(steps.length + 1);
  const step = steps[at] ?? inventStep(random);
  switch (random.integer(10)) {
    case 0:
      return { ...life, steps: steps.toSpliced(at, 1) };
    case 1:
      return { ...life, steps: steps.toSpliced(at, 0, inventStep(random)).slice(0, mostSteps) };
    case 2:
      return { ...life, steps: [...steps.slice(0, at), ...others.slice(random.integer(others.length + 1))].slice(0, mostSteps) };
    case 3:
      return { ...life, steps: steps.toSpliced(at, 1, { ...step, say: changeSaid(step.say, random) }) };
    case 4:
      return changeKind(life, random);
    default:
      return { ...life, steps: steps.toSpliced(at, 1, changeStep(step, random)) };
  }
}

function changeKind(life: Life, random: Random): Life {
  const kinds: readonly [Partial<Life>, ...Partial<Life>[]] = [
    { maxMsgSize: random.pick([1_024, 1_025, 1_500, 4_000, 10_000, 65_536, 1_000_000]) },
    { encoding: random.pick(['xml', 'wbxml']) },
    { version: random.pick(['1.1', '1.2']) },
    { profile: random.chance(0.5) },
  ];
  return { ...life, ...random.pick(kinds) };
}

function inventStep(random: Random): Step {
  const say = Array.from({ length: 1 + random.integer(3) }, () => random.pick(blockNames));
  return random.chance(0.3) ? changeStep({ say }, random) : { say };
}

function changeSaid(say: readonly string[], random: Random): readonly string[] {
  const at = random.integer(say.length + 1);
  if (random.chance(0.3)) return say.toSpliced(at, 1);
  return say.toSpliced(at, random.chance(0.5) ? 0 : 1, random.pick(blockNames));
}

function changeStep(step: Step, random: Random): Step {
  switch (random.integer(14)) {
    case 0:
      return { ...step, fresh: true };
    case 1:
      return { ...step, open: true };
    case 2:
      return { ...step, cred: random.pick(['none', 'wrong', 'basic']) };
    case 3:
      return { ...step, address: random.pick(['base', 'wrong']) };
    case 4:
      return { ...step, number: random.pick([0, -1, -2, 2, 1_000]) };
    case 5:
      return { ...step, cut: random.integer(100) };
    case 6:
      return { ...step, flips: Array.from({ length: 1 + random.integer(3) }, () => random.integer(40_000)) };
    case 7:
      return { ...step, again: 1 + random.integer(4) };
    case 8:
      return { ...step, twice: true };
    default:
      return { ...step, damages: [...(step.damages ?? []), inventDamage(random)].slice(-6) };
  }
}

/** The script without a life, a step, a command, or one of the things that are wrong. */
export function* smallerScripts(script: Script): Iterable<Script> {
  for (const [at, life] of script.lives.entries()) {
    if (script.lives.length > 1) yield { lives: script.lives.toSpliced(at, 1) };
    for (const smaller of smallerLives(life)) yield { lives: script.lives.toSpliced(at, 1, smaller) };
  }
}

function* smallerLives(life: Life): Iterable<Life> {
  const { steps } = life;
  yield { ...life, steps: steps.slice(0, Math.ceil(steps.length / 2)) };
  for (const [at, step] of steps.entries()) {
    yield { ...life, steps: steps.toSpliced(at, 1) };
    for (const smaller of smallerSteps(step)) yield { ...life, steps: steps.toSpliced(at, 1, smaller) };
  }
}

function* smallerSteps(step: Step): Iterable<Step> {
  for (const at of step.say.keys()) yield { ...step, say: step.say.toSpliced(at, 1) };
  const { damages } = step;
  for (const at of damages?.keys() ?? []) yield { ...step, damages: damages?.toSpliced(at, 1) ?? [] };
  for (const name of Object.keys(step))
    if (name !== 'say') yield Object.fromEntries(Object.entries(step).filter(([key]) => key !== name)) as unknown as Step;
}
