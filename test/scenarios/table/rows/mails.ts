// Mails that come to be: delivered, filed by another program, written on the device, small and large, and sent.
import { onDevice, onServer, sync, type Row } from '../row.ts';

const large = 200_000;

export const mailRows: readonly Row[] = [
  { name: 'nothing has happened', edits: [], expected: { inbox: ['one', 'three', 'two'] } },
  { name: 'a mailbox without a mail', begin: [], edits: [], expected: {} },
  { name: 'the first mail of a mailbox arrives', begin: [], edits: [onServer.deliver('one')], expected: { inbox: ['one'] } },
  { name: 'a mail arrives', edits: [onServer.deliver('four')], expected: { inbox: ['four', 'one', 'three', 'two'] } },
  {
    name: 'a mail arrives and is read at the mail server before the device sees it',
    edits: [onServer.deliver('four'), onServer.mark('four')],
    expected: { inbox: ['four read', 'one', 'three', 'two'] },
  },
  {
    name: 'a mail arrives and is gone before the device sees it',
    edits: [onServer.deliver('four'), onServer.expunge('four')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'another program files a mail',
    edits: [onServer.file('filed', 'archive', ['read'])],
    expected: { archive: ['filed read'], inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a large mail arrives for a device that takes whole mails',
    edits: [onServer.deliver('four', large)],
    expected: { inbox: ['four', 'one', 'three', 'two'] },
  },
  {
    name: 'a large mail arrives for a device that takes headers',
    settings: { mails: 'headers' },
    edits: [onServer.deliver('four', large)],
    expected: { inbox: ['four', 'one', 'three', 'two'] },
  },
  {
    name: 'mails arrive and are marked on both sides, headers only',
    settings: { mails: 'headers' },
    edits: [onServer.deliver('four'), onServer.mark('one', 'flagged'), onDevice.mark('two')],
    expected: { inbox: ['four', 'one flagged', 'three', 'two read'] },
  },
  {
    name: 'many mails arrive',
    begin: [],
    edits: Array.from({ length: 30 }, (_, at) => onServer.deliver(`m${String(at).padStart(2, '0')}`, 5_000)),
    expected: { inbox: Array.from({ length: 30 }, (_, at) => `m${String(at).padStart(2, '0')}`) },
  },
  {
    name: 'a large mail and changes beside it',
    edits: [onServer.deliver('four', large), onServer.mark('one'), onDevice.mark('two'), onDevice.move('three', 'archive')],
    expected: { archive: ['three'], inbox: ['four', 'one read', 'two read'] },
  },
  {
    name: 'a draft is written on the device',
    edits: [onDevice.draft('note')],
    expected: { drafts: ['note read'], inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a large draft is written on the device',
    edits: [onDevice.draft('note', large)],
    expected: { drafts: ['note read'], inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a large draft is written and changes are made beside it',
    edits: [onDevice.mark('one'), onDevice.draft('note', large), onDevice.move('two', 'archive'), onServer.mark('three', 'flagged')],
    expected: { archive: ['two'], drafts: ['note read'], inbox: ['one read', 'three flagged'] },
  },
  {
    name: 'a draft is written, synced, marked and moved',
    edits: [onDevice.draft('note'), sync, onDevice.mark('note', 'flagged'), onDevice.move('note', 'archive')],
    expected: { archive: ['note read,flagged'], inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a draft is written and thrown away before it is synced',
    edits: [onDevice.draft('note'), onDevice.remove('note')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a draft is written on the device and moved at the mail server',
    edits: [onDevice.draft('note'), sync, onServer.move('note', 'archive')],
    expected: { archive: ['note read'], inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'large mails cross on the way',
    edits: [onDevice.draft('note', large), onServer.deliver('four', large)],
    expected: { drafts: ['note read'], inbox: ['four', 'one', 'three', 'two'] },
  },
  { name: 'a mail is sent', edits: [onDevice.send('hello')], delivered: ['hello'] },
  { name: 'a large mail is sent', edits: [onDevice.send('hello', large)], delivered: ['hello'] },
  { name: 'three mails are sent', edits: [onDevice.send('a'), onDevice.send('b'), onDevice.send('c')], delivered: ['a', 'b', 'c'] },
  {
    name: 'a mail is sent beside all other work',
    edits: [onDevice.mark('one'), onDevice.remove('two'), onDevice.send('hello'), onServer.deliver('four'), onServer.mark('three')],
    delivered: ['hello'],
  },
];
