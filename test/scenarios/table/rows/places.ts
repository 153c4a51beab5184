// Where mails lie: moves, deletions, the trash, folders that come and go at the mail server.
import { onDevice, onServer, sync, type Row } from '../row.ts';

export const placeRows: readonly Row[] = [
  {
    name: 'a mail is moved to the archive on the device',
    edits: [onDevice.move('one', 'archive')],
    expected: { archive: ['one'], inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is moved to the archive at the mail server',
    edits: [onServer.move('one', 'archive')],
    expected: { archive: ['one'], inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is moved and marked on the device',
    edits: [onDevice.move('one', 'archive'), onDevice.mark('one', 'flagged')],
    expected: { archive: ['one flagged'], inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is moved at the mail server and marked on the device',
    edits: [onServer.move('one', 'archive'), onDevice.mark('one', 'flagged')],
    expected: { archive: ['one flagged'], inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is moved on the device and marked at the mail server',
    edits: [onDevice.move('one', 'archive'), onServer.mark('one', 'flagged')],
    expected: { archive: ['one flagged'], inbox: ['three', 'two'] },
  },
  {
    name: 'both sides move a mail to the same folder',
    edits: [onDevice.move('one', 'archive'), onServer.move('one', 'archive')],
    expected: { archive: ['one'], inbox: ['three', 'two'] },
  },
  { name: 'both sides move a mail to different folders', edits: [onDevice.move('one', 'archive'), onServer.move('one', 'trash')] },
  {
    name: 'a mail is moved there and back on the device',
    edits: [onDevice.move('one', 'archive'), onDevice.move('one', 'inbox')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a mail is moved there and back at the mail server',
    edits: [onServer.move('one', 'archive'), onServer.move('one', 'inbox')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a mail is moved there by one side and back by the other',
    edits: [onDevice.move('one', 'archive'), sync, onServer.move('one', 'inbox')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a mail is deleted on the device',
    edits: [onDevice.remove('one')],
    expected: { inbox: ['three', 'two'], trash: ['one'] },
  },
  {
    name: 'a mail is deleted on the device and deleted again from the trash',
    edits: [onDevice.remove('one'), sync, onDevice.remove('one')],
    expected: { inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is brought back from the trash on the device',
    edits: [onDevice.remove('one'), sync, onDevice.move('one', 'inbox')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  { name: 'a mail is expunged at the mail server', edits: [onServer.expunge('one')], expected: { inbox: ['three', 'two'] } },
  {
    name: 'a mail is trashed at the mail server',
    edits: [onServer.move('one', 'trash')],
    expected: { inbox: ['three', 'two'], trash: ['one'] },
  },
  {
    name: 'a mail is expunged at the mail server and marked on the device',
    edits: [onServer.expunge('one'), onDevice.mark('one')],
    expected: { inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is expunged at the mail server and moved on the device',
    edits: [onServer.expunge('one'), onDevice.move('one', 'archive')],
    expected: { inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is expunged at the mail server and deleted on the device',
    edits: [onServer.expunge('one'), onDevice.remove('one')],
    expected: { inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is trashed on both sides',
    edits: [onServer.move('one', 'trash'), onDevice.remove('one')],
    expected: { inbox: ['three', 'two'], trash: ['one'] },
  },
  { name: 'a mail is deleted on the device and marked at the mail server', edits: [onDevice.remove('one'), onServer.mark('one')] },
  {
    name: 'every mail is deleted on the device',
    edits: [onDevice.remove('one'), onDevice.remove('two'), onDevice.remove('three')],
    expected: { trash: ['one', 'three', 'two'] },
  },
  {
    name: 'every mail is expunged at the mail server',
    edits: [onServer.expunge('one'), onServer.expunge('two'), onServer.expunge('three')],
    expected: {},
  },
  {
    name: 'a folder is made at the mail server, and a mail is moved into it',
    edits: [onServer.makeFolder('Harbour'), onServer.move('one', 'Harbour')],
    expected: { harbour: ['one'], inbox: ['three', 'two'] },
  },
  {
    name: 'a mail is moved on the device into a folder made at the mail server',
    edits: [onServer.makeFolder('Harbour'), sync, onDevice.move('one', 'Harbour')],
    expected: { harbour: ['one'], inbox: ['three', 'two'] },
  },
  {
    name: 'a folder with a mail is renamed at the mail server',
    edits: [onServer.makeFolder('Harbour'), onServer.move('one', 'Harbour'), sync, onServer.renameFolder('Harbour', 'Quay')],
    expected: { inbox: ['three', 'two'], quay: ['one'] },
  },
  {
    // The mail server refuses a move into the old name: the mail may stay where it was, on both sides.
    name: 'a folder is renamed at the mail server while the device moves a mail into it',
    edits: [onServer.makeFolder('Harbour'), sync, onServer.renameFolder('Harbour', 'Quay'), onDevice.move('one', 'Harbour')],
  },
  {
    name: 'a folder is removed at the mail server with its mail',
    edits: [onServer.makeFolder('Harbour'), onServer.move('one', 'Harbour'), sync, onServer.removeFolder('Harbour')],
    expected: { inbox: ['three', 'two'] },
  },
  {
    name: 'a folder is removed at the mail server while the device moves a mail into it',
    edits: [onServer.makeFolder('Harbour'), sync, onServer.removeFolder('Harbour'), onDevice.move('one', 'Harbour')],
  },
];
