// A device on its way with a fault: messages that are lost, doubled or cut, a server and a device that lose their power.
import type { ClientStore, SyncOutcome } from '@packetboat/client';
import { DeviceDied, type Device, type World } from '../../support/world.ts';
import { cutPower } from './power-cut.ts';
import type { Content, SyncMode } from './row.ts';
import { deviceContent, serverContent } from './scene.ts';

export type TableFault =
  | { readonly kind: 'every request lost once' | 'every reply lost once' | 'every request doubled' }
  /** `at`: the message, from 1, whose reply does not arrive. The session ends there. */
  | { readonly kind: 'line cut'; readonly at: number }
  /** `at`: the commit, from 1. The device asks again for what it has had no answer to. */
  | { readonly kind: 'server power cut'; readonly at: number }
  | { readonly kind: 'device power cut'; readonly at: number };

/** What a sync took: with these numbers its faults are found. */
export interface Counts {
  readonly messages: number;
  readonly serverCommits: number;
  readonly deviceCommits: number;
}

/** How often a person syncs again after a cut before it is called a failure. */
const patience = 6;

export class Traveller {
  device: Device;
  readonly #world: World;
  readonly #store: { commits: number; dieAfter: number | undefined } = { commits: 0, dieAfter: undefined };

  constructor(world: World, device: Device) {
    this.#world = world;
    this.device = device;
    this.#wireStore(device.store);
  }

  async contents(): Promise<{ readonly device: Content; readonly server: Content }> {
    return { device: await deviceContent(this.device), server: await serverContent(this.#world) };
  }

  /** The sync of the row, with its fault, until it is done. */
  async meet(fault: TableFault | undefined, mode: SyncMode): Promise<Counts> {
    const world = this.#world;
    const from = this.device.line.count;
    const cut = cutPower(world.data, fault?.kind === 'server power cut' ? fault.at : undefined);
    this.#store.commits = 0;
    this.#store.dieAfter = fault?.kind === 'device power cut' ? fault.at : undefined;
    this.#faults(fault, from);
    let isCut = false;
    const lookForCut = async (): Promise<void | 'lost'> => {
      if (isCut || cut.copy === undefined) return;
      isCut = true;
      await world.goOnWith(cut.copy);
      return 'lost';
    };
    this.device.line.onMessage = lookForCut;
    try {
      await this.#untilDone(mode);
    } finally {
      cut.end();
      this.#store.dieAfter = undefined;
      this.device.line.onMessage = undefined;
      this.device.line.faults.clear();
    }
    // The cut came after the last message, or never: the commits of what the server does afterwards come too late for this session.
    if (!isCut && cut.copy !== undefined) await world.goOnWith(cut.copy);
    return { messages: this.device.line.count - from, serverCommits: cut.commits, deviceCommits: this.#store.commits };
  }

  #faults(fault: TableFault | undefined, from: number): void {
    const { faults } = this.device.line;
    if (fault === undefined) return;
    if (fault.kind === 'line cut') faults.set(from + fault.at, 'cut after');
    for (let at = from + 1; at <= from + 100; at += 1) {
      if (fault.kind === 'every request doubled') faults.set(at, 'repeat');
      // What is lost is sent again, and the second time it arrives.
      if ((at - from) % 2 === 0) continue;
      if (fault.kind === 'every request lost once') faults.set(at, 'lose request');
      if (fault.kind === 'every reply lost once') faults.set(at, 'lose reply');
    }
  }

  async #untilDone(mode: SyncMode): Promise<void> {
    let last: SyncOutcome | undefined;
    for (let tries = 0; tries < patience; tries += 1) {
      try {
        last = await this.device.client.sync({ mode });
        if (last.outcome === 'done') return;
      } catch (error) {
        if (!(error instanceof DeviceDied)) throw error;
        this.#store.dieAfter = undefined;
        const { line } = this.device;
        this.device = this.#world.reborn(this.device);
        this.device.line.onMessage = line.onMessage;
      }
    }
    throw new Error(`the device never came to the end of its sync: ${last?.error?.message ?? 'it died'}`);
  }

  /** Counts the commits of the device's store; from the one it dies of, nothing more can be done with the store. */
  #wireStore(store: ClientStore): void {
    const state = this.#store;
    const answers = store.answers as { commit: ClientStore['answers']['commit'] };
    const commit = answers.commit;
    answers.commit = async (ask) => {
      if (state.dieAfter !== undefined && state.commits >= state.dieAfter) throw new DeviceDied();
      const answer = await commit(ask);
      state.commits += 1;
      if (state.commits === state.dieAfter) throw new DeviceDied();
      return answer;
    };
  }
}

const times = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

/** The faults that a row is repeated with, from what it took without one. */
export function faultsOf({ messages, serverCommits, deviceCommits }: Counts): readonly TableFault[] {
  return [
    { kind: 'every request lost once' },
    { kind: 'every reply lost once' },
    { kind: 'every request doubled' },
    ...times(messages).map((at): TableFault => ({ kind: 'line cut', at })),
    ...times(serverCommits).map((at): TableFault => ({ kind: 'server power cut', at })),
    ...times(deviceCommits).map((at): TableFault => ({ kind: 'device power cut', at })),
  ];
}
