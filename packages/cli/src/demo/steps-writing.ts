// Mail written on a device: sent, answered by the other person, and back in the thread.
import type { SentMail } from '@packetboat/client';
import { picture } from './attachments.ts';
import { ensure, ensureSame, eventually, served, servedBytes, servedMail } from './check.ts';
import type { Device } from './device.ts';
import { noted, type Journey, type Step } from './step.ts';
import { addressBook } from './letter.ts';
import type { ServedMail } from './mailbox.ts';
import type { DemoUser, World } from './world.ts';

export const writingSteps: readonly Step[] = [
  { name: 'sent: with bob, in Sent, Outbox empty', run: send },
  { name: "bob's first sync, and his reply", run: reply },
  { name: 'alice has the reply, in the thread', run: receiveReply },
];

/** The mail with this Message-ID in a folder at the mail server, where it must be once. */
async function inFolder(world: World, user: DemoUser, folder: string, messageId: string): Promise<ServedMail> {
  const found = (await served(world, user)).filter((mail) => mail.messageId === messageId && mail.folder === folder);
  const [first] = found;
  ensure(first !== undefined && found.length === 1, `${user}'s ${folder} holds the mail ${found.length} times`);
  return first;
}

async function send(journey: Journey): Promise<void> {
  const { world, phone, notes } = journey;
  const attachments = [picture('mooring.png', 61)];
  const draft = {
    to: [addressBook.bob.address],
    subject: 'Liegeplatz 14 – 係留場所',
    text: 'Bob,\n\nthe berth, as seen from the mole.\n\nAlice',
    attachments,
  };
  const messageId = await written(phone, () => phone.client.send(draft));
  notes.set('sent mail', messageId);
  const atBob = await eventually(() => inFolder(world, 'bob', 'inbox', messageId));
  const atAlice = await eventually(() => inFolder(world, 'alice', 'sent', messageId));
  const bytes = Buffer.from(await servedBytes(world, 'bob', atBob));
  ensure(bytes.equals(await servedBytes(world, 'alice', atAlice)), 'what bob has and what is filed in Sent are not the same bytes');
  // The reply to the sync may have said "accepted" before the mail server had filed its copy.
  if ((await phone.find(messageId)).folder !== 'sent') await phone.sync();
  const outbox = (await phone.shown()).filter(({ folder }) => folder === 'outbox');
  ensure(outbox.length === 0, `${outbox.length} mails are left in the Outbox of ${phone.name}`);
  const { luid } = await phone.find(messageId);
  ensure(
    bytes.equals((await phone.store.get(luid))?.content ?? new Uint8Array()),
    'what the device keeps and what was delivered are not the same bytes',
  );
  await ensureSame(world, phone);
}

/** Writes a mail on a device and returns its Message-ID. Its LUID is another one once the server has it. */
async function written(device: Device, write: () => Promise<SentMail>): Promise<string> {
  const before = new Set((await device.shown()).map(({ messageId }) => messageId));
  device.took((await write()).sync);
  const fresh = (await device.shown()).filter(({ messageId }) => !before.has(messageId));
  const [first] = fresh;
  ensure(first !== undefined && fresh.length === 1, `${device.name} shows ${fresh.length} new mails after one was written`);
  return first.messageId;
}

async function reply(journey: Journey): Promise<void> {
  const { world, bob, notes } = journey;
  const original = noted(journey, 'sent mail');
  await bob.sync();
  await ensureSame(world, bob);
  const { luid } = await bob.find(original);
  bob.took((await bob.client.read(luid, { fetch: true })).sync);
  const answer = await written(bob, () => bob.client.reply(luid, { text: 'Inside berth, well done. I bring the lines.' }));
  notes.set('reply', answer);
  await eventually(() => inFolder(world, 'alice', 'inbox', answer));
  await eventually(() => inFolder(world, 'bob', 'sent', answer));
  await eventually(async () => {
    const { flags } = await servedMail(world, 'bob', original);
    ensure(flags.split(' ').includes('replied'), `the answered mail is [${flags}] at the mail server`);
  });
  if ((await bob.find(answer)).folder !== 'sent') await bob.sync();
  await ensureSame(world, bob);
}

async function receiveReply(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  await phone.sync();
  const { folder, luid } = await phone.find(noted(journey, 'reply'));
  ensure(folder === 'inbox', `the reply lies in ${folder}`);
  const opened = await phone.client.read(luid, { fetch: true });
  phone.took(opened.sync);
  const original = noted(journey, 'sent mail');
  ensure(
    opened.summary.inReplyTo === original && opened.summary.references.includes(original),
    'the reply does not name the mail that it answers',
  );
  const there = await servedBytes(world, 'alice', await servedMail(world, 'alice', noted(journey, 'reply')));
  ensure(
    Buffer.from(there).equals((await phone.store.get(luid))?.content ?? new Uint8Array()),
    'the reply on the device is not the one at the mail server',
  );
  await ensureSame(world, phone);
}
