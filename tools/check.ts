// Everything that is checked without running the product: types, lint, format, the direction of imports.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const top = join(import.meta.dirname, '..');
const script = (path: string): string => join(top, 'node_modules', path);

interface Step {
  readonly name: string;
  readonly args: readonly string[];
  /** Says what is wrong with the output of a step that exited 0; undefined if nothing is. */
  readonly judge?: (output: string) => string | undefined;
}

const steps: readonly Step[] = [
  { name: 'types', args: [script('@typescript/native/bin/tsc'), '-b'] },
  { name: 'types of tests and tools', args: [script('@typescript/native/bin/tsc'), '-p', 'tsconfig.test.json'] },
  { name: 'lint', args: [script('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', args: [script('oxfmt/bin/oxfmt'), '--check', '.'] },
  {
    name: 'imports',
    args: [script('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'packages', 'tools', 'bench'],
    // With a TypeScript it cannot use, the tool reads nothing and reports no violation.
    judge: (output) => (Number(/\((\d+) modules/.exec(output)?.[1] ?? 0) > 20 ? undefined : 'the import check read no modules'),
  },
];

let failed = 0;
for (const step of steps) {
  const done = spawnSync(process.execPath, step.args, { cwd: top, encoding: 'utf8' });
  const output = `${done.stdout}${done.stderr}`;
  const fault = done.status === 0 ? step.judge?.(output) : `exit ${done.status}`;
  console.log(`${fault === undefined ? 'ok  ' : 'FAIL'} ${step.name}`);
  if (fault !== undefined) {
    failed += 1;
    console.log(`${fault}\n${output}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
