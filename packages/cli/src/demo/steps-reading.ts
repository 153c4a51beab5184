// Mail comes to the device: the first sync, a new mail, and the whole of one that was there as a header.
import { composeMail } from '@packetboat/client';
import { page, picture } from './attachments.ts';
import { ensure, ensureSame, eventually, served, servedBytes, servedMail } from './check.ts';
import { noted, type Journey, type Step } from './step.ts';
import { addressBook } from './letter.ts';
import { sendBySmtp } from './smtp.ts';

export const readingSteps: readonly Step[] = [
  { name: 'first sync, headers alone', run: firstSync },
  { name: 'a new mail by SMTP, synced', run: newMail },
  { name: 'read it whole, fetched on demand', run: readWhole },
];

async function firstSync({ world, phone }: Journey): Promise<void> {
  await phone.sync();
  const mails = await phone.shown();
  ensure(mails.length > 0, `${phone.name} shows nothing`);
  ensure(
    mails.every(({ mail }) => mail.shape === 'headers'),
    'mails came whole though headers were wanted',
  );
  await ensureSame(world, phone);
}

async function newMail({ world, phone, notes }: Journey): Promise<void> {
  const messageId = '<chart@harbour.example>';
  const bytes = composeMail({
    from: addressBook.grace,
    to: [addressBook.alice],
    subject: 'The chart you asked for – Hafenplan von 1798 🗺️',
    text: 'Alice,\n\nhere it is. The soundings are in fathoms.\n\nGrace',
    attachments: [picture('chart.png', 51, 200, 150), page('note.pdf', ['Soundings in fathoms at low water'])],
    date: Date.UTC(2025, 2, 10, 9, 0),
    messageId,
  });
  await sendBySmtp(world.smtpPort(), { from: addressBook.grace.address, to: addressBook.alice.address }, bytes);
  notes.set('new mail', messageId);
  notes.set('new mail, as sent', Buffer.from(bytes).toString('latin1'));
  const there = await eventually(() => servedMail(world, 'alice', messageId));
  ensure(there.folder === 'inbox' && there.flags === '', `the mail lies in ${there.folder} and is [${there.flags}]`);
  const { received } = await phone.sync();
  ensure(received.added === 1, `the sync brought ${received.added} mails`);
  await ensureSame(world, phone);
}

async function readWhole(journey: Journey): Promise<void> {
  const { world, phone } = journey;
  const messageId = noted(journey, 'new mail');
  const sent = Buffer.from(noted(journey, 'new mail, as sent'), 'latin1');
  const { luid } = await phone.find(messageId);
  const opened = await phone.client.read(luid, { fetch: true });
  phone.took(opened.sync);
  ensure(opened.whole, 'the mail is not whole after it was fetched');
  const here = await phone.store.get(luid);
  // What left the sender's program, byte for byte; delivery has put its own lines in front, which stay at the server.
  ensure(here?.content !== null && sent.equals(here?.content ?? new Uint8Array()), 'the mail on the device is not the one that was sent');
  const there = Buffer.from(await servedBytes(world, 'alice', await servedMail(world, 'alice', messageId)));
  ensure(there.subarray(-sent.length).equals(sent), 'the mail at the mail server is not the one that was sent');
  ensure(opened.mail.attachments.length === 2, `the mail shows ${opened.mail.attachments.length} attachments`);
  await ensureSame(world, phone);
  ensure((await served(world, 'alice')).length === (await phone.shown()).length, 'fetching changed the mailbox');
}
