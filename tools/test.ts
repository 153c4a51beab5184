// `npm test`: sets up the real peers, checks the source, runs every test, and ends with one line that counts them.
//   npm test                      everything
//   npm test -- packages/wbxml    the tests of these files or folders only (vitest's arguments)
import { constants } from 'node:os';
import { parseCLI, startVitest } from 'vitest/node';
import { runChecks } from './check.ts';
import { type MissingPeer, setUpPeers } from './setup-peers.ts';
import { useScratchFolder } from './scratch.ts';
import { countTests, type TestCounts } from './test-counts.ts';

const started = performance.now();
const args = process.argv.slice(2);
const ci = process.env['CI'] === 'true';
// Warnings about experimental and deprecated parts of Node (of packages, mostly) would drown ours.
process.env['NODE_OPTIONS'] =
  `${process.env['NODE_OPTIONS'] ?? ''} --disable-warning=ExperimentalWarning --disable-warning=DeprecationWarning`.trim();
useScratchFolder();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(128 + constants.signals[signal]));

const missing = setUpPeers();
const checks = args.length === 0 ? await runChecks() : [];
const checkFailures = checks.filter((check) => check.fault !== undefined);
const tests = await runTests();

if (checkFailures.length > 0)
  console.log(`\nFailed checks: ${checkFailures.map((check) => check.name).join(', ')} (their words are above)`);
if (args.length > 0) console.log(`\nOnly ${args.join(' ')}: types, lint, format and imports were not checked (npm run check does)`);
tellSkipped(tests.skippedNames);
tellMissing(missing);
console.log(`\nTime: ${((performance.now() - started) / 1000).toFixed(1)} s`);
finish({
  passed: tests.passed + checks.length - checkFailures.length,
  // In CI a missing peer fails by itself, whether or not a test asked for it.
  failed: tests.failed + checkFailures.length + (ci ? missing.length : 0),
  skipped: tests.skipped,
});

function tellSkipped(names: readonly string[]): void {
  // With -t, what the pattern leaves out is what was asked for.
  if (names.length === 0 || args.some((arg) => arg.startsWith('-t') || arg.startsWith('--testNamePattern'))) return;
  console.log(`\nSkipped tests:\n${names.map((name) => `  ${name}`).join('\n')}`);
}

async function runTests(): Promise<TestCounts> {
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  const vitest = await startVitest('test', filter, { ...options, watch: false });
  const counts = countTests(vitest.state.getTestModules(), vitest.state.getUnhandledErrors().length);
  await vitest.close();
  return counts;
}

function tellMissing(peers: readonly MissingPeer[]): void {
  if (peers.length === 0) return;
  const rule = '!'.repeat(72);
  console.log(`\n${rule}\nReal peers that are missing here${ci ? '' : '; the tests that need them were SKIPPED'}:`);
  for (const peer of peers) console.log(`  ${peer.name}: ${peer.reason}`);
  console.log(rule);
}

function finish({ passed, failed, skipped }: Pick<TestCounts, 'passed' | 'failed' | 'skipped'>): void {
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
  // Exits even if a test left something open, after the line is out.
  process.stdout.write(line, () => process.exit(failed > 0 || (ci && skipped > 0) ? 1 : 0));
}
