// The process that `crash.test.ts` kills: commits without end, as a sync and a person would, and says after each what is durable.
import { Flag } from '@packetboat/datasync';
import { openClientStore } from '../../src/node/index.ts';
import { ask, changes, commit, folders, inbox, mail } from '../contract/harness.ts';

const store = openClientStore(process.argv[2] ?? '');
await commit(store, ...folders);
for (let n = Number((await ask(store, 'anchors', { datastore: './mail' })).server ?? 0) + 1; ; n += 1) {
  const luid = await store.write(mail(`${n}`).content ?? new Uint8Array(), inbox, 0, n);
  const [add] = await changes(store);
  await store.mark(luid, Flag.Read, Flag.Read);
  // One transaction: three mails, the end of the change, a map, a gathered piece, and the anchor that says that all of them are here.
  await commit(
    store,
    ...[1, 2, 3].map((k) => ({ write: 'item' as const, item: mail(`${n * 10 + k}`, { parent: inbox }) })),
    { write: 'foldUpTo', number: add?.number ?? 0 },
    { write: 'map', maps: [{ guid: `g${n}`, luid: `${n * 10 + 1}` }] },
    { write: 'gather', object: 'large', bytes: new Uint8Array(100).fill(n) },
    { write: 'anchors', datastore: './mail', anchors: { server: String(n) } },
  );
  process.stdout.write(`${n}\n`);
}
