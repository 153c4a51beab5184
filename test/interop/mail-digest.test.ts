// The device (browser-safe) and the mail server side compute the digest of a mail by themselves; slow sync needs both to agree.
import { mailDigest } from '@packetboat/mail';
import { headerDigest } from '@packetboat/message';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

it('gives one digest on both sides for any header', () => {
  const field = fc.tuple(
    fc.constantFrom('Date', 'FROM', 'subject', 'Subject ', 'To', 'From', 'X-Subject'),
    fc.constantFrom(':', ': ', ':\t'),
    fc.array(
      fc.oneof(
        fc.constantFrom('\r\n ', '\n\t', '  ', 'é', '\xe9', 'a', '=?utf-8?Q?a?=', ':'),
        fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
      ),
    ),
  );
  const header = fc.array(field).map((fields) => fields.map(([name, colon, value]) => `${name}${colon}${value.join('')}\r\n`).join(''));
  fc.assert(
    fc.property(header, fc.nat(), fc.constantFrom('utf8' as const, 'latin1' as const), (text, size, encoding) => {
      const bytes = new Uint8Array(Buffer.from(`${text}\r\n`, encoding));
      expect(headerDigest(bytes, size)).toBe(mailDigest(bytes, size));
    }),
    { numRuns: 500 },
  );
});
