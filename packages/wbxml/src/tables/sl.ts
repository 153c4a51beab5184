// Service Loading 1.0 (WAP-168-ServiceLoad): tags, attribute starts and attribute values.
import type { AttributeTable } from './page.ts';

export const slTags: Readonly<Record<number, string>> = { 0x05: 'sl' };

export const slAttributes: AttributeTable = {
  starts: {
    0x05: ['action', 'execute-low'],
    0x06: ['action', 'execute-high'],
    0x07: ['action', 'cache'],
    0x08: ['href', ''],
    0x09: ['href', 'http://'],
    0x0a: ['href', 'http://www.'],
    0x0b: ['href', 'https://'],
    0x0c: ['href', 'https://www.'],
  },
  values: { 0x85: '.com/', 0x86: '.edu/', 0x87: '.net/', 0x88: '.org/' },
  dates: [],
};
