// What every store of the client must do: answer a sync, and let a person work on the mails meanwhile.
import { describe } from 'vitest';
import { answersContract } from './answers.ts';
import type { StoreHarness } from './harness.ts';
import { personContract } from './person.ts';
import { propertyContract } from './property.ts';
import { unsentContract } from './unsent.ts';
import { viewContract } from './views.ts';

export function clientStoreContract(harness: StoreHarness): void {
  describe(`the client's store ${harness.name}`, () => {
    answersContract(harness);
    viewContract(harness);
    personContract(harness);
    unsentContract(harness);
    propertyContract(harness);
  });
}
