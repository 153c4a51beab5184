// The client as a library: syncs a device and lists what is new in the inbox.
//
//   SYNC_SERVER=http://127.0.0.1:8025/sync SYNC_USER=alice SYNC_PASSWORD=alice-demo node examples/list-inbox.ts device.db
//
// with Node 24.11 or newer, after `npm run build` (`npm run demo` in another terminal gives a server to try it with).
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkSettings, createClient } from '@packetboat/client';
import { httpTransport, openClientStore } from '@packetboat/client/node';

const [file = 'device.db'] = process.argv.slice(2);
const { SYNC_SERVER: server, SYNC_USER: user, SYNC_PASSWORD: password = '' } = process.env;

const client = createClient({
  store: openClientStore(file),
  transport: httpTransport(),
  // The device id must stay the same as long as the store does.
  settings: checkSettings({ server, user, deviceId: 'example-list-inbox' }),
  password: () => Promise.resolve(password),
  now: Date.now,
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  sleep: async (ms) => {
    await sleep(ms);
  },
});

const outcome = await client.sync();
if (outcome.error === null) {
  const { added, changed, deleted } = outcome.received;
  const bytes = (outcome.traffic?.up ?? 0) + (outcome.traffic?.down ?? 0);
  process.stdout.write(`${added} new, ${changed} changed, ${deleted} deleted, ${bytes} bytes in ${outcome.roundTrips} round trips\n`);
  const inbox = (await client.folders()).find((folder) => folder.role === 'inbox');
  for (const mail of await client.ls({ unread: true, limit: 10, ...(inbox === undefined ? {} : { folder: inbox.luid }) })) {
    const [from] = mail.summary.from;
    process.stdout.write(`${mail.luid.padStart(6)}  ${(from?.name ?? from?.address ?? '').padEnd(24)} ${mail.summary.subject}\n`);
  }
} else {
  process.stderr.write(`${outcome.error.code}: ${outcome.error.message}\n`);
  process.exitCode = 1;
}
await client.close();
