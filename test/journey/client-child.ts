// A device as a process that can be killed: the client with its SQLite store. Arguments: store file, settings as JSON, password.
// Each line of standard input is a command as JSON, answered by one line of JSON.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { checkSettings, createClient, Flag, type ListedMail } from '@packetboat/client';
import { httpTransport, openClientStore } from '@packetboat/client/node';
import type { DeviceCommand, DeviceAnswer } from './device-process.ts';

const [file = '', settings = '{}', password = ''] = process.argv.slice(2);
const client = createClient({
  store: openClientStore(file),
  transport: httpTransport(),
  settings: checkSettings(JSON.parse(settings)),
  password: () => Promise.resolve(password),
  now: Date.now,
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  // The line is as near as the next process: nothing is gained by waiting long.
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
});

async function find(subject: string): Promise<ListedMail> {
  const mail = (await client.ls({ limit: 1_000 })).find(({ summary }) => summary.subject === subject);
  if (mail === undefined) throw new Error(`there is no mail about ${subject}`);
  return mail;
}

async function run(command: DeviceCommand): Promise<DeviceAnswer> {
  switch (command.do) {
    case 'sync': {
      const { outcome, error, received, sent } = await client.sync();
      return { ok: outcome === 'done', text: error?.message ?? '', changes: count(received) + count(sent) };
    }
    case 'mark': {
      const flags = Flag.Read | Flag.Flagged;
      await client.mark((await find(command.subject)).luid, flags, flags);
      break;
    }
    case 'remove':
      await client.rm((await find(command.subject)).luid);
      break;
    case 'send':
      await client.send({ to: [command.to], subject: command.subject, text: 'A few words.\n' }, { sync: false });
      break;
    case 'reply':
      await client.reply((await find(command.subject)).luid, { text: 'An answer.' }, { sync: false });
      break;
    case 'state': {
      const folders = new Map((await client.folders()).map(({ luid, role, name }) => [luid, role ?? name.toLowerCase()]));
      const mails = await client.ls({ limit: 1_000 });
      const lines = mails.map((mail) => `${folders.get(mail.folder ?? '')}: ${mail.summary.subject}, ${mail.size} bytes, ${mail.flags}`);
      return { ok: true, text: lines.toSorted().join('\n'), changes: (await client.info()).stats.unsentChanges };
    }
  }
  return { ok: true, text: '', changes: 0 };
}

function count(changes: { readonly added: number; readonly changed: number; readonly deleted: number; readonly moved: number }): number {
  return changes.added + changes.changed + changes.deleted + changes.moved;
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await run(JSON.parse(line) as DeviceCommand).catch((error: unknown): DeviceAnswer => ({
    ok: false,
    text: error instanceof Error ? error.message : 'unknown',
    changes: 0,
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
