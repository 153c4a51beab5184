// Email Notification 1.0 (OMA-Push-EMN): tags, attribute starts and attribute values. The values have no trailing
// slash here, unlike those of SI and SL.
import type { AttributeTable } from './page.ts';

export const emnTags: Readonly<Record<number, string>> = { 0x05: 'emn' };

export const emnAttributes: AttributeTable = {
  starts: {
    0x05: ['timestamp', ''],
    0x06: ['mailbox', ''],
    0x07: ['mailbox', 'mailat:'],
    0x08: ['mailbox', 'pop://'],
    0x09: ['mailbox', 'imap://'],
    0x0a: ['mailbox', 'http://'],
    0x0b: ['mailbox', 'http://www.'],
    0x0c: ['mailbox', 'https://'],
    0x0d: ['mailbox', 'https://www.'],
  },
  values: { 0x85: '.com', 0x86: '.edu', 0x87: '.net', 0x88: '.org' },
  dates: ['timestamp'],
};
