import { describe, expect, test } from 'vitest';
import { LogInTries, logInLimits, type Attempt } from '../../src/sync/log-in-tries.ts';

const start = Date.UTC(2026, 10, 23);
const who = (more: Partial<Attempt> = {}): Attempt => ({ user: 'alice', deviceId: 'phone', address: '203.0.113.7', ...more });

function refused(tries: LogInTries, attempt: Attempt, times: number, now = start): void {
  for (let n = 0; n < times; n += 1) tries.refused(attempt, now);
}

describe('wrong log-ins of one device', () => {
  test('cost nothing at first, then waits that double and end', () => {
    const tries = new LogInTries();
    const waits: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      tries.refused(who(), start);
      waits.push(tries.wait(who(), start) / 1_000);
    }
    expect(waits.slice(5, 14)).toEqual([0, 0, 0, 0, 5, 10, 20, 40, 80]);
    expect(waits.at(-1)).toBe(300);
    expect(tries.wait(who(), start + 299_999)).toBe(1);
    expect(tries.wait(who(), start + 300_000)).toBe(0);
  });

  test('concern nobody else: no other address, no other person, no other device', () => {
    const tries = new LogInTries();
    refused(tries, who(), 20);
    expect(tries.wait(who({ address: '203.0.113.8' }), start)).toBe(0);
    expect(tries.wait(who({ user: 'bob' }), start)).toBe(0);
    expect(tries.wait(who({ deviceId: 'tablet' }), start)).toBe(0);
  });

  test('are forgotten with a right one, and with time', () => {
    const tries = new LogInTries();
    refused(tries, who(), 9);
    tries.accepted(who(), start);
    refused(tries, who(), 9);
    expect(tries.wait(who(), start)).toBe(0);
    refused(tries, who(), 30);
    tries.refused(who(), start + logInLimits.memory + 1);
    expect(tries.wait(who(), start + logInLimits.memory + 1)).toBe(0);
  });
});

/** One of many that try from the same address. */
function guess(n: number): Attempt {
  return who({ deviceId: `guess-${n}`, user: `user-${n % 3}` });
}

describe('wrong log-ins from one address', () => {
  test('make every device there wait that has not been here before', () => {
    const tries = new LogInTries();
    tries.accepted(who(), start);
    for (let n = 0; n < 50; n += 1) tries.refused(guess(n), start);
    expect(tries.wait(guess(99), start)).toBe(5_000);
    expect(tries.wait(who(), start)).toBe(0);
    expect(tries.wait(who({ address: '203.0.113.8' }), start)).toBe(0);
  });

  test('are taken back by a right one as far as they were of that device', () => {
    const tries = new LogInTries();
    for (let n = 0; n < 42; n += 1) tries.refused(guess(n), start);
    refused(tries, who(), 9);
    expect(tries.wait(guess(99), start)).toBeGreaterThan(0);
    tries.accepted(who({ user: 'mallory' }), start);
    expect(tries.wait(guess(99), start)).toBeGreaterThan(0);
    tries.accepted(who(), start);
    expect(tries.wait(guess(99), start)).toBe(0);
  });
});

describe('what is remembered', () => {
  test('has an end, and what was quiet for longest goes first', () => {
    const tries = new LogInTries();
    refused(tries, who(), 20);
    for (let n = 0; n < logInLimits.entries + 10; n += 1) {
      if (n % 1_000 === 0) tries.refused(who(), start);
      tries.refused({ user: 'x'.repeat(10_000), deviceId: String(n), address: `2001:db8:0:${n.toString(16)}::/64` }, start);
    }
    expect(tries.size).toBeLessThanOrEqual(2 * logInLimits.entries);
    expect(tries.wait(who(), start)).toBeGreaterThan(0);
  });
});
