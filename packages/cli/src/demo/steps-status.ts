// Status, place and end of mails, changed on one side and seen on the other.
import { Flag } from '@packetboat/client';
import { ensure, ensureSame, eventually, served, servedMail } from './check.ts';
import type { ShownMail } from './device.ts';
import type { Journey, Step } from './step.ts';

export const statusSteps: readonly Step[] = [
  { name: 'read and flagged on the device', run: markOnDevice },
  { name: 'marked at the mail server', run: markAtServer },
  { name: 'deleted on the device', run: deleteOnDevice },
  { name: 'deleted at the mail server', run: deleteAtServer },
  { name: 'moved on the device', run: moveOnDevice },
  { name: 'moved at the mail server', run: moveAtServer },
];

/** A mail of the inbox that no other step has used. */
async function pick({ phone, notes }: Journey, by: string, fits: (mail: ShownMail) => boolean): Promise<ShownMail> {
  const used = new Set(notes.values());
  const found = (await phone.shown()).find((mail) => mail.folder === 'inbox' && !used.has(mail.messageId) && fits(mail));
  if (found === undefined) throw new Error('there is no mail left in the inbox for this step');
  notes.set(by, found.messageId);
  return found;
}

async function markOnDevice(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const mail = await pick(journey, 'marked here', ({ flags }) => flags === '');
  await phone.client.mark(mail.luid, Flag.Read | Flag.Flagged, Flag.Read | Flag.Flagged);
  await phone.sync();
  await eventually(async () => {
    const { flags } = await servedMail(world, 'alice', mail.messageId);
    ensure(flags === 'read flagged', `at the mail server it is [${flags}]`);
  });
  await ensureSame(world, phone);
}

async function markAtServer(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const mail = await pick(journey, 'marked there', ({ flags }) => flags === '');
  const there = await servedMail(world, 'alice', mail.messageId);
  await world.mailbox('alice').setFlags(there.path, [there.uid], { read: true, forwarded: true });
  await phone.sync();
  const { flags } = await phone.find(mail.messageId);
  ensure(flags === 'read forwarded', `on the device it is [${flags}]`);
  await ensureSame(world, phone);
}

async function deleteOnDevice(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const mail = await pick(journey, 'deleted here', () => true);
  await phone.client.rm(mail.luid);
  await phone.sync();
  await eventually(async () => {
    const { folder } = await servedMail(world, 'alice', mail.messageId);
    ensure(folder === 'trash', `at the mail server it lies in ${folder}`);
  });
  await ensureSame(world, phone);
}

async function deleteAtServer(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const mail = await pick(journey, 'deleted there', () => true);
  const there = await servedMail(world, 'alice', mail.messageId);
  await world.mailbox('alice').remove(there.path, [there.uid]);
  const left = await served(world, 'alice');
  ensure(!left.some(({ messageId }) => messageId === mail.messageId), 'the mail is still at the mail server');
  await phone.sync();
  ensure(!(await phone.shown()).some(({ messageId }) => messageId === mail.messageId), 'the mail is still on the device');
  await ensureSame(world, phone);
}

async function moveOnDevice(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const mail = await pick(journey, 'moved here', () => true);
  await phone.client.move(mail.luid, await phone.folder('archive'));
  await phone.sync();
  await eventually(async () => {
    const { folder } = await servedMail(world, 'alice', mail.messageId);
    ensure(folder === 'archive', `at the mail server it lies in ${folder}`);
  });
  await ensureSame(world, phone);
}

async function moveAtServer(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const mail = await pick(journey, 'moved there', () => true);
  const there = await servedMail(world, 'alice', mail.messageId);
  const moved = await world.mailbox('alice').move(there.path, [there.uid], 'Archive');
  ensure(moved.size === 1, 'the mail server moved nothing');
  const { received } = await phone.sync();
  const here = await phone.find(mail.messageId);
  ensure(here.folder === 'archive', `on the device it lies in ${here.folder}`);
  // The same mail in another folder, not a new one: its content stays where it is.
  ensure(here.luid === mail.luid && received.added === 0, 'the move came as a new mail');
  await ensureSame(world, phone);
}
