// A step of the demo's journey, and what the steps share.
import type { Device } from './device.ts';
import type { World } from './world.ts';

/** What the steps share. A device that is not used yet has nothing. */
export interface Journey {
  readonly world: World;
  readonly phone: Device;
  readonly tablet: Device;
  readonly bob: Device;
  /** Message-IDs of mails that later steps come back to. */
  readonly notes: Map<string, string>;
}

export interface Step {
  readonly name: string;
  run(journey: Journey): Promise<void>;
}

/** A Message-ID that an earlier step wrote down. Throws when that step failed. */
export function noted(journey: Journey, what: string): string {
  const messageId = journey.notes.get(what);
  if (messageId === undefined) throw new Error(`there is no ${what}: an earlier step failed`);
  return messageId;
}
