// Counts the outcome of a vitest run, test by test.

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of the skipped tests, with their files' groups. */
  readonly skippedNames: readonly string[];
}

/** The parts of a vitest test module that are counted. */
export interface CountedModule {
  readonly children: { allTests(): Iterable<{ readonly fullName: string; result(): { readonly state: string } }> };
  state(): string;
}

/** A file that could not be loaded, an error outside of any test and a run that found no test are failures too. */
export function countTests(modules: readonly CountedModule[], unhandledErrors: number): TestCounts {
  const skippedNames: string[] = [];
  const counts = { passed: 0, failed: unhandledErrors };
  for (const module of modules) {
    const before = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'skipped') skippedNames.push(test.fullName);
      // Also a test that was still to run when its worker died.
      else counts.failed += 1;
    }
    if (module.state() === 'failed' && counts.failed === before) counts.failed += 1;
  }
  const skipped = skippedNames.length;
  const failed = counts.passed + counts.failed + skipped === 0 ? 1 : counts.failed;
  return { passed: counts.passed, failed, skipped, skippedNames };
}
