// `npm run soak -- --changes N [--seed S]`: lives of random work with faults, until so many changes have been made. Says what was lost
// or doubled, which must be nothing, and exits 1 if anything was; a life that failed is played again with its seed alone.
import { live } from './life.ts';

const changesOfLife = 3_000;

function option(name: string): number | undefined {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return undefined;
  const value = Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number above 0`);
  return value;
}

const most = option('changes') ?? 10_000;
const first = option('seed') ?? 1 + Math.floor(Math.random() * 1_000_000);
const sum = { changes: 0, faults: 0, syncs: 0 };
const failed: number[] = [];
const begun = Date.now();

for (let seed = first; sum.changes < most; seed += 1) {
  const { changes, faults, syncs, fault } = await live(seed, Math.min(changesOfLife, most - sum.changes));
  sum.changes += changes;
  sum.faults += faults;
  sum.syncs += syncs;
  if (fault !== null) {
    failed.push(seed);
    console.log(`seed ${seed}: ${fault}\n  again: npm run soak -- --changes ${Math.min(changesOfLife, most)} --seed ${seed}`);
  }
  const seconds = (Date.now() - begun) / 1000;
  console.log(
    `${sum.changes} changes, ${sum.syncs} syncs, ${sum.faults} faults injected, ${failed.length} lives with a change lost or doubled, ${Math.round(sum.changes / seconds)} changes/s`,
  );
  // A life in which nothing could be done would be repeated for ever.
  if (changes === 0 && fault !== null) break;
}

if (failed.length > 0) {
  console.log(`failed: seeds ${failed.join(', ')} (of ${first} and up)`);
  process.exitCode = 1;
}
