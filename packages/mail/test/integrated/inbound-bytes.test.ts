// What arrives by SMTP is kept byte for byte, however the network cuts it, and nothing in it is taken for a command.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largeMail, nastyMails } from '../contract/harness.ts';
import { openInbound, type OpenedInbound, RawClient, readAll } from './support.ts';

/** As DATA sends it: a dot is doubled where a line begins with one (RFC 5321 §4.5.2). */
function stuffed(text: string): string {
  return text.replace(/(^|\r\n)\./g, '$1..');
}

async function greet(inbound: OpenedInbound): Promise<RawClient> {
  const client = await RawClient.connect(inbound.smtp);
  await client.command('EHLO test');
  return client;
}

async function deliver(client: RawClient, text: string, cuts: readonly number[]): Promise<void> {
  await client.command('MAIL FROM:<ann@outside.test> BODY=8BITMIME');
  await client.command('RCPT TO:<bob@example.test>');
  await client.command('DATA');
  const wire = `${stuffed(text)}.\r\n`;
  let at = 0;
  for (const cut of [...cuts].map((each) => each % wire.length).toSorted((a, b) => a - b)) {
    if (cut <= at) continue;
    client.send(wire.slice(at, cut));
    await client.flush();
    await new Promise((resolve) => setImmediate(resolve));
    at = cut;
  }
  client.send(wire.slice(at));
  expect(await client.reply()).toMatch(/^250/);
  expect(await client.command('NOOP')).toMatch(/^250/);
}

/** Text of dots and line ends, lone CR, NUL and 8-bit; no LF without CR, which RFC 5321 §2.3.8 forbids on the wire. */
const lines = fc
  .array(fc.constantFrom('.', '..', '\r\n', '\r\n.', '\r\n..', '\r', '\0', '\xff', 'a', 'QUIT', 'MAIL FROM:<>', '\r\n.\r\r\n'), {
    maxLength: 40,
  })
  .map((parts) => `${parts.join('')}\r\n`.replace(/\r+\r\n/g, '\r\n'));

describe('bytes on the way in', () => {
  it('are kept for any text and any way of cutting it', async () => {
    await using inbound = await openInbound({ traceHeaders: false });
    const client = await greet(inbound);
    const sent: string[] = [];
    const property = fc.asyncProperty(lines, fc.array(fc.nat(200), { maxLength: 6 }), async (text, cuts) => {
      await deliver(client, text, cuts);
      sent.push(text);
    });
    await fc.assert(property, { numRuns: 300, seed: 7, endOnFailure: true });
    expect(await readAll(inbound.store, 'bob')).toEqual(sent);
    client.cut();
  });

  it('are kept for mails that careless code damages, NUL included', async () => {
    await using inbound = await openInbound({ traceHeaders: false });
    const client = await greet(inbound);
    const texts = [...nastyMails.values()].map((bytes) => `${Buffer.from(bytes).toString('latin1')}\r\n`);
    texts.push('Subject: NUL\0NUL\r\n\r\n\0\0\r\n\r\0\r\n');
    for (const text of texts) await deliver(client, text, [3, 50, 90]);
    expect(await readAll(inbound.store, 'bob')).toEqual(texts);
    client.cut();
  });

  it('are kept for a mail of many pieces', async () => {
    await using inbound = await openInbound({ traceHeaders: false });
    const client = await greet(inbound);
    const text = Buffer.from(largeMail(900_000).bytes).toString('latin1');
    await deliver(client, text, [100, 65_536, 131_073, 262_144, 262_145]);
    expect((await readAll(inbound.store, 'bob'))[0] === text).toBe(true);
    client.cut();
  });

  it('are never taken for the end of the mail or a command when lines end strangely', async () => {
    await using inbound = await openInbound({ traceHeaders: false });
    const client = await greet(inbound);
    const smuggled = 'MAIL FROM:<evil@outside.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nevil';
    for (const end of ['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\r', '\r\n.\n']) {
      await deliver(client, `Subject: a\r\n\r\nhello${end}${smuggled}\r\n`, []);
    }
    expect(await readAll(inbound.store, 'alice')).toEqual([]);
    expect(await readAll(inbound.store, 'bob')).toHaveLength(5);
    client.cut();
  });
});
