import { expect, test } from 'vitest';
import { type CountedModule, countTests } from '../../../tools/test-counts.ts';

const file = (state: string, ...tests: string[]): CountedModule => ({
  children: { allTests: () => tests.map((result) => ({ fullName: `is ${result}`, result: () => ({ state: result }) })) },
  state: () => state,
});

test('counts each test once', () => {
  const modules = [file('failed', 'passed', 'failed', 'skipped'), file('passed', 'passed')];
  expect(countTests(modules, 0)).toEqual({ passed: 2, failed: 1, skipped: 1, skippedNames: ['is skipped'] });
});

test('counts as failed: a file that could not be loaded, a test that never ended, an error outside of any test', () => {
  expect(countTests([file('failed')], 0).failed).toBe(1);
  expect(countTests([file('failed', 'passed', 'pending')], 0)).toMatchObject({ passed: 1, failed: 1, skipped: 0 });
  expect(countTests([file('passed', 'passed')], 2).failed).toBe(2);
});

test('does not take a run without any test for a success', () => {
  expect(countTests([], 0)).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests([file('skipped', 'skipped')], 0)).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
});
