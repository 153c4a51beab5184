// `npm run fuzz -- [target…] [--minutes N] [--seed S] [--runs N] [--out FOLDER] [--replay FILE]`; see docs/testing.md.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure, Tally } from './engine/explore.ts';
import { judge } from './engine/judge.ts';
import { watchSearch } from './engine/watch.ts';
import { planOf, type Plan } from './plan.ts';
import { openTarget } from './targets.ts';

const printEveryMs = 10_000;

/** Whether nothing was found. */
async function fuzz(plan: Plan): Promise<boolean> {
  let failures = 0;
  for (const target of plan.targets) {
    const started = Date.now();
    let printed = started;
    const line = (tally: Tally): string => lineOf(target, tally, Date.now() - started);
    console.log(`${target}: seed ${plan.seed}`);
    const tally = await watchSearch({
      target,
      seed: plan.seed,
      executions: plan.executions,
      ms: (plan.minutes * 60_000) / plan.targets.length,
      found: (failure) => {
        failures += 1;
        console.log(describe(target, failure, plan));
      },
      progress: (now) => {
        if (Date.now() - printed < printEveryMs) return;
        printed = Date.now();
        console.log(line(now));
      },
    });
    console.log(`${line(tally)}: done`);
  }
  console.log(failures === 0 ? 'nothing was found' : `${failures} found`);
  return failures === 0;
}

function lineOf(target: string, { executions, blocks, corpus }: Tally, ms: number): string {
  const rate = Math.round(executions / (ms / 1_000));
  return `${target}: ${Math.round(ms / 1_000)} s, ${executions} executions, ${rate} a second, ${blocks} blocks covered, ${corpus} inputs kept`;
}

function describe(target: string, failure: Failure, plan: Plan): string {
  mkdirSync(plan.out, { recursive: true });
  const hash = createHash('sha256').update(failure.input).digest('hex').slice(0, 12);
  const file = join(plan.out, `${target}-${hash}`);
  writeFileSync(file, failure.input);
  return [
    `${target}: FOUND ${failure.message}`,
    `  ${failure.stack.split('\n').slice(0, 12).join('\n  ')}`,
    `  seed ${plan.seed}, ${failure.input.length} bytes; to see it again: npm run fuzz -- --replay ${file}`,
  ].join('\n');
}

/** Whether the input passes. */
async function replay({ file, target }: NonNullable<Plan['replay']>): Promise<boolean> {
  const subject = await openTarget(target);
  try {
    const fault = await judge(subject, new Uint8Array(readFileSync(file)), 'runAlone');
    console.log(fault === undefined ? `${file}: passes` : `${file}: FAILS`);
    if (fault !== undefined) console.log(fault);
    return fault === undefined;
  } finally {
    await subject.close();
  }
}

try {
  const plan = planOf(process.argv.slice(2));
  process.exitCode = (plan.replay === undefined ? await fuzz(plan) : await replay(plan.replay)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
