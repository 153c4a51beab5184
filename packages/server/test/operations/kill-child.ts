// A server that works off its queues until it is killed: `node kill-child.ts FOLDER`. Prints `up` when it begins, `done` when nothing is left.
import { join } from 'node:path';
import { openIntegratedStore } from '@packetboat/mail';
import { makeRig } from '../account/world.ts';

const [folder = ''] = process.argv.slice(2);
const mailStore = await openIntegratedStore({ file: join(folder, 'mail.sqlite'), now: Date.now });
const rig = await makeRig({
  file: join(folder, 'server.sqlite'),
  server: mailStore.mailServer('alice'),
  submission: mailStore.submission('alice'),
  other: mailStore.mailServer('alice'),
});
process.stdout.write('up\n');
rig.worker.start();
for (;;) {
  await rig.settled();
  const open = await rig.store.db.selectFrom('submission').select('queue_id').where('state', 'not in', ['sent', 'refused']).execute();
  if (open.length === 0) break;
  // What a crash made uncertain has its time; the test has not.
  await rig.store.db.updateTable('submission').set({ next_at: 0 }).execute();
  rig.worker.wake();
  await rig.worker.idle();
}
await rig.close();
await mailStore.close();
process.stdout.write('done\n');
