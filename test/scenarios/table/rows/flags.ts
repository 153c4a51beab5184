// The status of mails: each side alone, both sides at once, fields that differ and fields that meet.
import { onDevice, onServer, sync, type Row } from '../row.ts';

export const flagRows: readonly Row[] = [
  { name: 'a mail is read on the device', edits: [onDevice.mark('one')], expected: { inbox: ['one read', 'three', 'two'] } },
  { name: 'a mail is read at the mail server', edits: [onServer.mark('one')], expected: { inbox: ['one read', 'three', 'two'] } },
  {
    name: 'every field is set on the device',
    edits: [onDevice.mark('one', ['read', 'replied', 'forwarded', 'flagged'])],
    expected: { inbox: ['one read,replied,forwarded,flagged', 'three', 'two'] },
  },
  {
    name: 'every field is set at the mail server',
    edits: [onServer.mark('one', ['read', 'replied', 'forwarded', 'flagged', 'deleted'])],
    expected: { inbox: ['one read,replied,forwarded,flagged,deleted', 'three', 'two'] },
  },
  {
    name: 'a mail is marked as deleted on the device and stays',
    edits: [onDevice.mark('one', 'deleted')],
    expected: { inbox: ['one deleted', 'three', 'two'] },
  },
  {
    name: 'both sides set different fields of one mail',
    edits: [onDevice.mark('one', 'read'), onServer.mark('one', 'flagged')],
    expected: { inbox: ['one read,flagged', 'three', 'two'] },
  },
  {
    name: 'both sides set the same field',
    edits: [onDevice.mark('one', 'read'), onServer.mark('one', 'read')],
    expected: { inbox: ['one read', 'three', 'two'] },
  },
  {
    name: 'one side sets a field, the other clears another',
    edits: [onServer.mark('one', ['read', 'flagged']), sync, onDevice.unmark('one', 'read'), onServer.mark('one', 'replied')],
    expected: { inbox: ['one replied,flagged', 'three', 'two'] },
  },
  {
    name: 'both sides clear the same field',
    edits: [onServer.mark('one', 'read'), sync, onDevice.unmark('one', 'read'), onServer.unmark('one', 'read')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a field is set and cleared on the device before it syncs',
    edits: [onDevice.mark('one', 'flagged'), onDevice.unmark('one', 'flagged')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'a field is set on the device, synced, and cleared again',
    edits: [onDevice.mark('one', 'flagged'), sync, onDevice.unmark('one', 'flagged')],
    expected: { inbox: ['one', 'three', 'two'] },
  },
  {
    name: 'many mails are read on the device at once',
    begin: Array.from({ length: 25 }, (_, at) => `m${String(at).padStart(2, '0')}`),
    edits: Array.from({ length: 25 }, (_, at) => onDevice.mark(`m${String(at).padStart(2, '0')}`)),
    expected: { inbox: Array.from({ length: 25 }, (_, at) => `m${String(at).padStart(2, '0')} read`) },
  },
  {
    name: 'each side marks another half of the mails',
    begin: ['a', 'b', 'c', 'd'],
    edits: [onDevice.mark('a'), onDevice.mark('b', 'flagged'), onServer.mark('c'), onServer.mark('d', 'flagged')],
    expected: { inbox: ['a read', 'b flagged', 'c read', 'd flagged'] },
  },
];
