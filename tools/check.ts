// Everything that is checked without running the product: types, lint, format, the direction of imports.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const top = join(import.meta.dirname, '..');
const script = (path: string): string => join(top, 'node_modules', path);

interface Step {
  readonly name: string;
  readonly args: readonly string[];
  /** Says what is wrong with the output of a step that exited 0; undefined if nothing is. */
  readonly judge?: (output: string) => string | undefined;
}

export interface CheckResult {
  readonly name: string;
  /** Undefined when the step passed. */
  readonly fault: string | undefined;
}

const steps: readonly Step[] = [
  { name: 'package lock', args: [join(import.meta.dirname, 'lock.ts')] },
  { name: 'types', args: [script('@typescript/native/bin/tsc'), '-b'] },
  { name: 'types of tests and tools', args: [script('@typescript/native/bin/tsc'), '-p', 'tsconfig.test.json'] },
  { name: 'lint', args: [script('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', args: [script('oxfmt/bin/oxfmt'), '--check', '.'] },
  {
    name: 'imports',
    args: [
      script('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'packages',
      'tools',
      'bench',
      'fuzz',
    ],
    // With a TypeScript it cannot use, the tool reads nothing and reports no violation.
    judge: (output) => (Number(/\((\d+) modules/.exec(output)?.[1] ?? 0) > 20 ? undefined : 'the import check read no modules'),
  },
];

/** Runs all steps, one after the other, and prints a line for each. */
export async function runChecks(): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const step of steps) {
    const { exitCode, output } = await run(step.args);
    const wrong = exitCode === 0 ? step.judge?.(output) : `exit ${exitCode}`;
    const fault = wrong === undefined ? undefined : `${wrong}\n${output.trim()}`;
    console.log(`${fault === undefined ? 'ok  ' : 'FAIL'} ${step.name}${fault === undefined ? '' : `: ${fault}`}`);
    results.push({ name: step.name, fault });
  }
  return results;
}

function run(args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd: top, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: `${stdout}${stderr}` });
    });
  });
}

if (import.meta.main) {
  const results = await runChecks();
  process.exitCode = results.every((result) => result.fault === undefined) ? 0 : 1;
}
