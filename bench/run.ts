// Benchmarks against a real Dovecot: `npm run bench -- [names] [--quick] [--sizes=100,1000]`; see docs/performance.md.
import { availableParallelism, cpus } from 'node:os';
import { dovecotPeer, startDovecot, type Dovecot } from '../test/peers/dovecot.ts';
import { postfixPeer, startPostfix, type Postfix } from '../test/peers/postfix.ts';
import { measureIdle, measureSize, stepNames, type SizeResult, type StepName } from './steps.ts';
import { grouped, megabytes, table } from './table.ts';

interface Plan {
  readonly sizes: readonly number[];
  readonly meanBytes: number;
  readonly wanted: ReadonlySet<StepName>;
}

function planOf(args: readonly string[]): Plan {
  const quick = args.includes('--quick');
  const sizes = args.find((arg) => arg.startsWith('--sizes='))?.slice('--sizes='.length);
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.find((name) => !stepNames.some((step) => step === name));
  if (unknown !== undefined) throw new Error(`there is no benchmark ${unknown}; there are ${stepNames.join(', ')}`);
  return {
    sizes: sizes === undefined ? (quick ? [100, 1_000] : [100, 1_000, 10_000]) : sizes.split(',').map(Number),
    // 65 kB is the mean of a mailbox with attachments; small mails are filled in a second.
    meanBytes: quick ? 6_000 : 65_000,
    wanted: new Set(stepNames.filter((step) => names.length === 0 || names.includes(step))),
  };
}

async function run({ sizes, meanBytes, wanted }: Plan): Promise<void> {
  const missing = dovecotPeer.available();
  if (missing !== undefined) throw new Error(`Dovecot is needed: ${missing}`);
  const names = ['empty', 'bob', ...sizes.map((mails) => `alice-${mails}`)];
  const dovecot = await startDovecot({ users: names.map((name) => ({ name, password: `${name}-pw` })) });
  let postfix: Postfix | undefined;
  try {
    if (wanted.has('send') && postfixPeer.available() === undefined) postfix = await startPostfix({ dovecot });
    const results = await measureAll(dovecot, postfix, { sizes, meanBytes, wanted });
    print(results);
    if (wanted.has('send') && postfix === undefined) console.log(`\nNothing was sent: ${postfixPeer.available() ?? ''}`);
  } finally {
    await postfix?.stop();
    await dovecot.stop();
  }
}

async function measureAll(
  dovecot: Dovecot,
  postfix: Postfix | undefined,
  { sizes, meanBytes, wanted }: Plan,
): Promise<readonly SizeResult[]> {
  const idleBytes = await measureIdle(dovecot, 'empty');
  const results: SizeResult[] = [];
  for (const mails of sizes) {
    console.error(`measuring with ${grouped(mails)} mails …`);
    results.push(await measureSize({ dovecot, postfix, user: `alice-${mails}`, mails, meanBytes, wanted, idleBytes }));
  }
  return results;
}

function print(results: readonly SizeResult[]): void {
  console.log(`\nNode ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}\n`);
  console.log('First sync, headers alone, of a mailbox that the server has looked at\n');
  console.log(
    table(
      ['mails', 'of bytes', 'up', 'down', 'turns', 'ms', 'newest 50 ms', 'server CPU ms', 'server idle', 'peak', 'above idle'],
      results.map(({ mails, mailBytes, firstSync: first }) => [
        mails,
        mailBytes,
        first.up,
        first.down,
        first.turns,
        first.milliseconds,
        first.usableMs,
        first.serverMs,
        ...[first.idleBytes, first.peakBytes, first.peakBytes - first.idleBytes].map(megabytes),
      ]),
    ),
  );
  const [smaller, larger] = results.slice(-2);
  if (smaller !== undefined && larger !== undefined) {
    const ratio = (of: (result: SizeResult) => number): string => (of(larger) / of(smaller)).toFixed(2);
    const above = ratio(({ firstSync }) => firstSync.peakBytes - firstSync.idleBytes);
    const peak = ratio(({ firstSync }) => firstSync.peakBytes);
    console.log(`\n${grouped(larger.mails)} mails against ${grouped(smaller.mails)}: peak × ${peak}, above idle × ${above}`);
  }
  const titles = [...new Set(results.flatMap(({ steps }) => [...steps.keys()]))];
  if (titles.length === 0) return;
  console.log('\nAfterwards\n');
  const rows = titles.flatMap((title) =>
    results.flatMap(({ mails, steps }) => {
      const step = steps.get(title);
      return step === undefined
        ? []
        : [[title, mails, step.up, step.down, step.up + step.down, step.turns, step.milliseconds, step.serverMs]];
    }),
  );
  console.log(table(['step', 'mails', 'up', 'down', 'both', 'turns', 'ms', 'server CPU ms'], rows));
}

try {
  await run(planOf(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
