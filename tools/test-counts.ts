// Counts the outcome of a vitest run, test by test.

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The parts of a vitest test module that are counted. */
export interface CountedModule {
  readonly children: { allTests(): Iterable<{ result(): { readonly state: string } }> };
  state(): string;
}

/** A file that could not be loaded, an error outside of any test and a run that found no test are failures too. */
export function countTests(modules: readonly CountedModule[], unhandledErrors: number): TestCounts {
  const counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    const before = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'skipped') counts.skipped += 1;
      // Also a test that was still to run when its worker died.
      else counts.failed += 1;
    }
    if (module.state() === 'failed' && counts.failed === before) counts.failed += 1;
  }
  return counts.passed + counts.failed + counts.skipped === 0 ? { ...counts, failed: 1 } : counts;
}
