// The contract of the mail server port, run against the integrated store.
import { rm } from 'node:fs/promises';
import { openIntegratedStore } from '../../src/integrated/store.ts';
import { source } from '../contract/harness.ts';
import { mailServerContract } from '../contract/mail-server.contract.ts';
import { temporaryFile } from './support.ts';

mailServerContract('the integrated store', async () => {
  const file = await temporaryFile();
  const store = await openIntegratedStore({ file: file.path, now: Date.now });
  await store.addPerson({ user: 'alice', address: 'alice@example.test' });
  const server = store.mailServer('alice');
  return {
    server,
    tellsPlacement: true,
    refusedLogin: () => store.mailServer('nobody'),
    deliver: async (mail) => {
      await store.deliver({ from: 'ann@example.test', to: ['alice@example.test'] }, source(mail));
    },
    second: async () => {
      const other = store.mailServer('alice');
      await other.open();
      return other;
    },
    close: async () => {
      await server.close();
      await store.close();
      await rm(file.folder, { recursive: true });
    },
  };
});
