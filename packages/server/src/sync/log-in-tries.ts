// How often a log-in may be tried. Who guesses slows himself: wrong tries are counted for (person, DevID, address) and for
// the address, never for a person alone, so that nobody can lock out somebody else. docs/decisions/0007.
/** Who tries. `address`: where from, in the form of `addressKey`. */
export interface Attempt {
  readonly user: string;
  readonly deviceId: string;
  readonly address: string;
}

export const logInLimits = {
  /** Wrong tries of one device before it waits: somebody who types a password on a telephone, whose client tries three times with each. */
  perDevice: 10,
  /** Wrong tries from one address before it waits: an office behind one address in which a few devices have old passwords. */
  perAddress: 50,
  /** First wait, ms; doubled with each further wrong try. Somebody who looks up a password takes longer. */
  firstWait: 5_000,
  /** Longest wait, ms: 300 guesses a day from one address, and nobody who has corrected a password waits for longer. */
  longestWait: 300_000,
  /** Wrong tries are forgotten so long after the last one, ms. */
  memory: 3_600_000,
  /** Devices and addresses remembered, each; the one that was quiet for longest goes first. Some 200 bytes each. */
  entries: 20_000,
} as const;

interface Entry {
  wrong: number;
  /** Time of the last try, ms since 1970. */
  last: number;
  /** A log-in succeeded here: no stranger at the same address makes it wait. */
  isKnown: boolean;
}

/** A map that forgets what was used longest ago. */
class Entries {
  readonly #entries = new Map<string, Entry>();

  get(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined && now - entry.last > logInLimits.memory) entry.wrong = 0;
    return entry;
  }

  /** The entry, made when it is not there, and now the newest. */
  touch(key: string, now: number): Entry {
    const entry = this.get(key, now) ?? { wrong: 0, last: now, isKnown: false };
    entry.last = now;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > logInLimits.entries && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }

  get size(): number {
    return this.#entries.size;
  }
}

export class LogInTries {
  readonly #devices = new Entries();
  readonly #addresses = new Entries();

  /** How long the next try has to wait, ms. `now`: ms since 1970, here and below. */
  wait(attempt: Attempt, now: number): number {
    const device = this.#devices.get(deviceKey(attempt), now);
    const address = device?.isKnown === true ? undefined : this.#addresses.get(attempt.address, now);
    return Math.max(waitOf(device, logInLimits.perDevice, now), waitOf(address, logInLimits.perAddress, now));
  }

  refused(attempt: Attempt, now: number): void {
    this.#devices.touch(deviceKey(attempt), now).wrong += 1;
    this.#addresses.touch(attempt.address, now).wrong += 1;
  }

  /** A right log-in takes back the wrong ones of this device, and those alone: who has an account here cannot clear his address with it. */
  accepted(attempt: Attempt, now: number): void {
    const device = this.#devices.touch(deviceKey(attempt), now);
    const address = this.#addresses.get(attempt.address, now);
    if (address !== undefined) address.wrong = Math.max(0, address.wrong - device.wrong);
    device.wrong = 0;
    device.isKnown = true;
  }

  /** How much is remembered: devices and addresses. */
  get size(): number {
    return this.#devices.size + this.#addresses.size;
  }
}

function deviceKey({ user, deviceId, address }: Attempt): string {
  // Cut, so that what is remembered has a size: the names come from strangers.
  return JSON.stringify([address, deviceId.slice(0, 256), user.slice(0, 256)]);
}

function waitOf(entry: Entry | undefined, free: number, now: number): number {
  if (entry === undefined || entry.wrong < free) return 0;
  const wait = Math.min(logInLimits.longestWait, logInLimits.firstWait * 2 ** Math.min(30, entry.wrong - free));
  return Math.max(0, entry.last + wait - now);
}
