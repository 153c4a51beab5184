// The ways to sync: one way only, from the beginning, all anew.
import { onDevice, onServer, type Row } from '../row.ts';

const large = 200_000;

export const typeRows: readonly Row[] = [
  {
    name: 'the device only sends',
    sync: 'send',
    edits: [onDevice.mark('one'), onServer.mark('two'), onServer.deliver('four')],
    expected: { device: { inbox: ['one read', 'three', 'two'] }, server: { inbox: ['four', 'one read', 'three', 'two read'] } },
  },
  {
    name: 'the device only sends a large draft',
    sync: 'send',
    edits: [onDevice.draft('note', large), onServer.deliver('four')],
    expected: {
      device: { drafts: ['note read'], inbox: ['one', 'three', 'two'] },
      server: { drafts: ['note read'], inbox: ['four', 'one', 'three', 'two'] },
    },
  },
  {
    name: 'the device only sends a draft',
    sync: 'send',
    edits: [onDevice.draft('note')],
    expected: { drafts: ['note read'], inbox: ['one', 'three', 'two'] },
  },
  { name: 'the device only sends a mail', sync: 'send', edits: [onDevice.send('hello'), onServer.deliver('four')], delivered: ['hello'] },
  {
    name: 'the device only sends what it moved and deleted',
    sync: 'send',
    edits: [onDevice.move('one', 'archive'), onDevice.remove('two'), onServer.mark('three')],
    expected: {
      device: { archive: ['one'], inbox: ['three'], trash: ['two'] },
      server: { archive: ['one'], inbox: ['three read'], trash: ['two'] },
    },
  },
  {
    name: 'the device only receives',
    sync: 'receive',
    edits: [onDevice.mark('one'), onServer.mark('two'), onServer.deliver('four')],
    expected: { device: { inbox: ['four', 'one read', 'three', 'two read'] }, server: { inbox: ['four', 'one', 'three', 'two read'] } },
  },
  {
    name: 'the device only receives moves and deletions',
    sync: 'receive',
    edits: [onServer.move('one', 'archive'), onServer.expunge('two'), onDevice.mark('three')],
    expected: { device: { archive: ['one'], inbox: ['three read'] }, server: { archive: ['one'], inbox: ['three'] } },
  },
  {
    name: 'the device only receives a large mail',
    sync: 'receive',
    edits: [onServer.deliver('four', large), onDevice.draft('note')],
    expected: {
      device: { drafts: ['note read'], inbox: ['four', 'one', 'three', 'two'] },
      server: { inbox: ['four', 'one', 'three', 'two'] },
    },
  },
  { name: 'a slow sync with nothing changed', sync: 'slow', edits: [], expected: { inbox: ['one', 'three', 'two'] } },
  {
    name: 'a slow sync with changes of the device',
    sync: 'slow',
    edits: [onDevice.mark('one'), onDevice.move('two', 'archive'), onDevice.draft('note')],
    expected: { archive: ['two'], drafts: ['note read'], inbox: ['one read', 'three'] },
  },
  {
    name: 'a slow sync with changes of the mail server',
    sync: 'slow',
    edits: [onServer.mark('one'), onServer.move('two', 'archive'), onServer.deliver('four')],
    expected: { archive: ['two'], inbox: ['four', 'one read', 'three'] },
  },
  {
    name: 'a slow sync with deletions on both sides',
    sync: 'slow',
    edits: [onServer.expunge('one'), onDevice.remove('two')],
    expected: { inbox: ['three'], trash: ['two'] },
  },
  { name: 'a slow sync with a mail to send', sync: 'slow', edits: [onDevice.send('hello')], delivered: ['hello'] },
  {
    name: 'a slow sync with headers only',
    sync: 'slow',
    settings: { mails: 'headers' },
    edits: [onServer.deliver('four', large), onDevice.mark('one')],
    expected: { inbox: ['four', 'one read', 'three', 'two'] },
  },
  {
    name: 'a slow sync with large mails both ways',
    sync: 'slow',
    edits: [onServer.deliver('four', large), onDevice.draft('note', large)],
    expected: { drafts: ['note read'], inbox: ['four', 'one', 'three', 'two'] },
  },
  {
    name: 'all is fetched anew',
    sync: 'refresh',
    edits: [onServer.mark('one'), onServer.expunge('two'), onServer.deliver('four')],
    expected: { inbox: ['four', 'one read', 'three'] },
  },
  {
    name: 'all is fetched anew, and a draft that was not sent stays',
    sync: 'refresh',
    edits: [onDevice.draft('note'), onServer.deliver('four')],
  },
];
