// The process that `durability.test.ts` kills: a store with an LMTP listener. Prints the port when it is ready.
import { startInbound } from '../../src/integrated/inbound.ts';
import { openIntegratedStore } from '../../src/integrated/store.ts';

const file = process.argv[2] ?? '';
const store = await openIntegratedStore({ file, now: Date.now });
if ((await store.persons()).length === 0) {
  await store.addPerson({ user: 'alice', address: 'alice@example.test' });
  await store.addPerson({ user: 'bob', address: 'bob@example.test' });
}
const inbound = await startInbound({ store, lmtp: { host: '127.0.0.1', port: 0 }, maxSize: 5_000_000, traceHeaders: false });
process.stdout.write(`${inbound.lmtp?.port}\n`);
