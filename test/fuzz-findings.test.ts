// What fuzzing has found stays found: every kept input passes. And the fuzzers themselves run, for a short while, from a seed.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../fuzz/engine/judge.ts';
import type { Subject } from '../fuzz/engine/subject.ts';
import { targetOf } from '../fuzz/plan.ts';
import { openTarget, targetNames } from '../fuzz/targets.ts';

const kept = join(import.meta.dirname, 'fixtures/fuzz');
const files = readdirSync(kept);

const found = targetNames.filter((target) => files.some((file) => targetOf(file) === target));

describe.each(found)('what was found in %s', (target) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await openTarget(target);
  });
  afterAll(() => subject.close());

  const own = files.filter((file) => targetOf(file) === target);
  it.each(own)('%s passes', { timeout: 120_000 }, async (file) => {
    expect(await judge(subject, new Uint8Array(readFileSync(join(kept, file))), 'runAlone')).toBeUndefined();
  });
});

describe('npm run fuzz', () => {
  const out = mkdtempSync(join(tmpdir(), 'packetboat-fuzz-test-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  const fuzz = (...args: readonly string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      const main = join(import.meta.dirname, '../fuzz/main.ts');
      execFile(process.execPath, [main, ...args, '--out', out], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
      });
    });

  // Few executions, so that it is the same work each time; the minutes bound what a slow machine makes of them.
  it.each([
    ['wbxml', 1_500],
    ['xml', 800],
    ['message', 250],
    ['object', 800],
    ['session', 10],
    ['client', 8],
  ])('finds nothing in a short run of %s', { timeout: 120_000 }, async (target, runs) => {
    const { code, output } = await fuzz(target, '--seed', '1', '--runs', String(runs), '--minutes', '0.1');
    expect(output).toContain('nothing was found');
    expect(Number(/, (\d+) executions, .* (\d+) blocks covered/.exec(output)?.[1])).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  it('replays a file, and says whether it passes', { timeout: 60_000 }, async () => {
    const script = {
      lives: [{ profile: false, encoding: 'xml', version: '1.2', maxMsgSize: 65_536, steps: [{ say: ['put', 'alert 201'] }] }],
    };
    const file = join(out, 'session-by-hand.json');
    writeFileSync(file, JSON.stringify(script));
    expect(await fuzz('--replay', file)).toEqual({ code: 0, output: `${file}: passes\n` });
    writeFileSync(file, 'no script');
    const { code, output } = await fuzz('--replay', file);
    expect(code).toBe(1);
    expect(output).toContain(`${file}: FAILS`);
  });

  it('says what there is when it is asked for something else', async () => {
    expect(await fuzz('nothing')).toEqual({ code: 2, output: `there is no target nothing; there are ${targetNames.join(', ')}\n` });
  });
});
