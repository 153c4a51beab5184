// What the demo prints.
import { join } from 'node:path';
import { served } from './check.ts';
import type { StepResult } from './journey.ts';
import { addressBook } from './letter.ts';
import { passwords, type World } from './world.ts';

/** The command of this checkout or installation: runs on any Node that can find a newer one. */
const command = join(import.meta.dirname, '../../bin/packetboat.mjs');

/** The column in which numbers begin. */
const nameWidth = 42;

/** One line for a step, and one more for what did not hold. */
export function resultLine({ name, fault, up, down, turns, milliseconds }: StepResult): string {
  const mark = fault === undefined ? 'ok  ' : 'FAIL';
  const numbers = [
    `up ${bytes(up)}`,
    `down ${bytes(down)}`,
    `${String(turns).padStart(2)} ${turns === 1 ? 'round trip ' : 'round trips'}`,
    `${String(Math.round(milliseconds)).padStart(5)} ms`,
  ];
  return `${mark}  ${name.padEnd(nameWidth)}${numbers.join('  ')}${fault === undefined ? '' : `\n      ${fault}`}`;
}

function bytes(count: number): string {
  return `${count.toLocaleString('en')} B`.padStart(9);
}

export function summaryLines(results: readonly StepResult[]): readonly string[] {
  const failed = results.filter(({ fault }) => fault !== undefined);
  const sum = (pick: (result: StepResult) => number): number => results.reduce((total, result) => total + pick(result), 0);
  const turns = sum((result) => result.turns);
  const all = `${results.length} steps, up ${bytes(sum(({ up }) => up)).trim()}, down ${bytes(sum(({ down }) => down)).trim()}, ${turns} round trips`;
  if (failed.length === 0) return ['', `Every step held: ${all}.`];
  return ['', `${failed.length} of ${results.length} steps did not hold:`, ...failed.map(({ name, fault }) => `  ${name}: ${fault ?? ''}`)];
}

/** What to do with a demo that is up. */
export async function invitationLines(world: World): Promise<readonly string[]> {
  const people = [];
  for (const user of ['alice', 'bob'] as const) {
    const mails = (await served(world, user)).length;
    people.push(`  ${user.padEnd(6)} password ${passwords[user].padEnd(11)} ${addressBook[user].address}, ${mails} mails`);
  }
  const home = join(world.folder, 'my-device');
  const init = `packetboat init --server ${world.url()} --user alice --address ${addressBook.alice.address} --name '${addressBook.alice.name}'`;
  return [
    `Packetboat is up: ${world.url()}`,
    '',
    ...people,
    `  SMTP   127.0.0.1:${world.smtpPort()} takes mail for both`,
    `  files  ${world.folder}`,
    '',
    'Be a device of hers, in another terminal:',
    '',
    `  alias packetboat="node '${command}'"`,
    `  export PACKETBOAT_HOME='${home}' PACKETBOAT_PASSWORD=${passwords.alice}`,
    `  ${init}`,
    '  packetboat sync',
    '  packetboat ls',
    '  packetboat read NUMBER',
    '  packetboat mark --flag --sync NUMBER',
    `  packetboat send --to ${addressBook.bob.address} --subject Ahoy --body 'Ready when you are.'`,
    '',
    'Ctrl-C ends it.',
  ];
}
