// The bound on garbage, in processes of their own: flags of V8 cannot be taken back.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const heap = new URL('../src/heap.ts', import.meta.url).href;

/** The most bytes of the space for new objects while two thirds of 300 MB of objects die young. */
const work = `
  import { getHeapSpaceStatistics } from 'node:v8';
  let most = 0;
  let kept = [];
  for (let i = 0; i < 3_000_000; i += 1) {
    const made = { number: i, list: [i], text: 'text ' + i };
    if (i % 3 === 0) kept.push(made);
    if (kept.length > 100_000) kept = kept.slice(50_000);
    if (i % 100_000 === 0) most = Math.max(most, getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').physical_space_size);
  }
  console.log(most);
`;

function mostBytes(before: string): number {
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', before + work], { encoding: 'utf8' }));
}

test('the space for new objects stays small in a process that asks for it', () => {
  expect(mostBytes(`import { boundHeap } from '${heap}'; boundHeap();`)).toBeLessThan(8 * 1024 * 1024);
  expect(mostBytes('')).toBeGreaterThan(16 * 1024 * 1024);
});
