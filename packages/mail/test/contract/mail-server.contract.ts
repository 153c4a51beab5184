// The contract of the mail server port: every implementation runs it against a real mailbox.
import { afterAll, beforeAll, describe } from 'vitest';
import { changesContract } from './changes.ts';
import { contentContract } from './content.ts';
import { flagsContract } from './flags.ts';
import { foldersContract } from './folders.ts';
import type { ContractHarness } from './harness.ts';
import { linkContract } from './link.ts';
import { placesContract } from './places.ts';
import { watchContract } from './watch.ts';

export type { ContractHarness } from './harness.ts';
export type Harness = () => ContractHarness;

/** Registers the contract. `open` is called once; each test works in a folder of its own. */
export function mailServerContract(name: string, open: () => Promise<ContractHarness>): void {
  describe(`${name} keeps the contract of the mail server port`, () => {
    let opened: ContractHarness | undefined;
    const harness: Harness = () => {
      if (opened === undefined) throw new Error('the harness was not opened');
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
      await opened.server.open();
    });
    afterAll(async () => {
      await opened?.close();
    });
    foldersContract(harness);
    changesContract(harness);
    contentContract(harness);
    flagsContract(harness);
    placesContract(harness);
    watchContract(harness);
    linkContract(harness);
  });
}
