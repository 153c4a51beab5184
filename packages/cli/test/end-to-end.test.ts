// The command against the real server with the integrated mail store: two people, three devices, faults in between.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startServer, type Config, type RunningServer } from '@packetboat/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packetboat, temporaryFolder, type Said, type TemporaryFolder } from './run.ts';

interface ListedMail {
  readonly luid: string;
  readonly subject: string;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly here: string;
  readonly sendError: string | null;
}

const password = 'correct horse battery';

/** A free port, so that the server can come back on the same one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function person(user: string): Config['people'][number] {
  const account = { name: 'home', address: `${user}@example.test`, aliases: [] };
  return { user, password: { variable: 'PASSWORD' }, accounts: [account] };
}

describe('the command and the server', { timeout: 60_000 }, () => {
  let folder: TemporaryFolder;
  let config: Config;
  let server: RunningServer;

  const start = async (): Promise<void> => {
    server = await startServer({ config, base: folder.path, env: { PASSWORD: password } });
  };
  /** Runs the command as one of the devices. */
  const device = (home: string, args: readonly string[], given = password): Promise<Said> =>
    packetboat(args, { env: { PACKETBOAT_HOME: join(folder.path, home), PACKETBOAT_PASSWORD: given } });
  const ok = async (home: string, ...args: string[]): Promise<string> => {
    const said = await device(home, args);
    expect(said, `${home}: ${args.join(' ')}`).toMatchObject({ exit: 0 });
    return said.out;
  };
  const list = async (home: string, ...args: string[]): Promise<readonly ListedMail[]> =>
    JSON.parse(await ok(home, 'ls', ...args, '--json')) as ListedMail[];
  /** What came for a device may take the server a moment to see. */
  const syncUntil = async (home: string, subject: string, place = 'inbox'): Promise<ListedMail> => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await ok(home, 'sync');
      const found = (await list(home, place)).find((mail) => mail.subject === subject);
      if (found !== undefined) return found;
    }
    throw new Error(`"${subject}" did not come`);
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    config = {
      listen: `127.0.0.1:${await freePort()}`,
      data: 'data',
      challenge: 'md5',
      log: { level: 'silent' },
      integrated: { maxSize: 33_554_432 },
      people: [person('alice'), person('bob')],
    };
    await start();
    const init = ['init', '--server', server.url];
    await ok('alice', ...init, '--user', 'alice', '--address', 'alice@example.test', '--name', 'Alice Ä');
    await ok('bob', ...init, '--user', 'bob', '--address', 'bob@example.test');
    await ok(
      'tablet',
      ...init,
      '--user',
      'alice',
      '--address',
      'alice@example.test',
      '--plain',
      '--encoding',
      'xml',
      '--auth',
      'md5',
      '--mails',
      'full',
    );
  });
  afterAll(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });

  it('gets the folders with the first sync, and nothing with the second, in one round trip', async () => {
    for (const home of ['alice', 'bob', 'tablet']) await ok(home, 'sync');
    const folders = JSON.parse(await ok('alice', 'folders', '--json')) as { readonly role: string | null }[];
    expect(folders.map((each) => each.role)).toEqual(expect.arrayContaining(['inbox', 'outbox', 'sent', 'drafts', 'trash']));
    const again = await ok('alice', 'sync');
    expect(again).toMatch(/received +nothing\n +sent +nothing\n/);
    const [, up, down, turns] = /cost +([\d,]+) bytes up, ([\d,]+) bytes down, (\d+) round trip/.exec(again) ?? [];
    expect(turns).toBe('1');
    expect(Number(up) + Number(down), 'bytes on the connection for nothing').toBeLessThan(700);
  });

  it('sends a mail with an attachment, which the other person reads and saves', async () => {
    const file = join(folder.path, 'data.bin');
    const content = Buffer.from(Array.from({ length: 20_000 }, (_, n) => (n * n) & 0xff));
    await writeFile(file, content);
    const sent = await ok(
      'alice',
      'send',
      '--to',
      'Bob <bob@example.test>',
      '--subject',
      'Grüße',
      '--body',
      'Hello\n\u001b[31mBob',
      '--attach',
      file,
    );
    expect(sent).toContain('has been handed to the server');
    expect((await list('alice', 'sent')).map((mail) => mail.subject)).toEqual(['Grüße']);
    expect(await list('alice', 'outbox')).toEqual([]);
    const { here, luid } = await syncUntil('bob', 'Grüße');
    expect(here).toBe('headers');
    const saved = join(folder.path, 'saved');
    const shown = await ok('bob', 'read', luid, '--save', saved);
    expect(shown).toContain('From:    Alice Ä <alice@example.test>');
    expect(shown).toContain('Hello\n␛[31mBob');
    expect(shown).not.toContain('\u001b');
    expect(await readFile(join(saved, 'data.bin'))).toEqual(content);
    expect((await list('bob'))[0]?.here).toBe('full');
    expect(await device('bob', ['read', luid, '--save', saved])).toMatchObject({ exit: 1, err: expect.stringContaining('EEXIST') });
  });

  it('answers it; the status reaches the server, the answer the first person and her second device', async () => {
    const { luid } = (await list('bob'))[0] ?? { luid: '' };
    await ok('bob', 'mark', luid, '--read', '--flag');
    await ok('bob', 'reply', luid, '--body', 'Thanks');
    expect((await list('bob'))[0]?.flags).toMatchObject({ read: true, flagged: true, replied: true });
    const answer = await syncUntil('alice', 'Re: Grüße');
    await ok('alice', 'mark', answer.luid, '--read', '--sync');
    const there = await syncUntil('tablet', 'Re: Grüße');
    expect(there).toMatchObject({ here: 'full', flags: { read: true } });
    expect(await ok('tablet', 'read', there.luid, '--no-fetch')).toContain('> Hello');
    expect((await list('tablet', 'sent')).map((mail) => mail.subject)).toEqual(['Grüße']);
    await ok('bob', 'sync', '--refresh');
    expect((await list('bob'))[0]?.flags, 'it is the server’s too').toMatchObject({ read: true, flagged: true, replied: true });
  });

  it('moves and deletes on one device what the other one then has moved and deleted', async () => {
    const { luid } = (await list('alice'))[0] ?? { luid: '' };
    await ok('alice', 'move', luid, 'drafts', '--sync');
    await syncUntil('tablet', 'Re: Grüße', 'drafts');
    expect(await list('tablet')).toEqual([]);
    await ok('alice', 'rm', luid, '--sync');
    expect((await list('alice', 'trash')).map((mail) => mail.luid)).toEqual([luid]);
    await ok('alice', 'rm', luid, '--sync');
    await ok('tablet', 'sync');
    expect((await list('tablet', '--all')).map((mail) => mail.subject)).toEqual(['Grüße']);
  });

  it('keeps what was done without a server, and a wrong password costs nothing', async () => {
    await server.close();
    const [mail] = await list('alice', 'sent');
    await ok('alice', 'mark', mail?.luid ?? '', '--flag');
    expect(await device('alice', ['send', '--to', 'bob@example.test', '--subject', 'Later', '--body', 'x'])).toMatchObject({
      exit: 4,
      out: expect.stringContaining('waits in the Outbox'),
    });
    await start();
    const refused = await device('alice', ['sync'], 'wrong password');
    expect(refused).toMatchObject({ exit: 5, err: expect.stringContaining('Check user and password') });
    expect(refused.out + refused.err).not.toContain('wrong password');
    expect(await ok('alice', 'sync')).toMatch(/sent +1 new, 1 changed/);
    await syncUntil('bob', 'Later');
    expect((await list('bob')).filter((each) => each.subject === 'Later')).toHaveLength(1);
  });

  it('tells when a mail could not be sent, and keeps it', async () => {
    const said = await device('alice', ['send', '--to', 'somebody@elsewhere.test', '--subject', 'Nowhere', '--body', 'x']);
    expect(said).toMatchObject({ exit: 8, out: expect.stringContaining('was refused and stays in the Outbox') });
    const [kept] = await list('alice', 'outbox');
    expect(kept).toMatchObject({ subject: 'Nowhere', sendError: expect.stringMatching(/\w/) });
    await ok('alice', 'rm', kept?.luid ?? '');
    await ok('alice', 'sync');
    expect(await list('alice', 'outbox')).toEqual([]);
  });

  it('compares everything without moving anything when both sides agree', async () => {
    for (const home of ['alice', 'bob', 'tablet']) {
      await ok(home, 'sync');
      const before = await list(home, '--all');
      expect(await ok(home, 'sync', '--slow')).toMatch(/slow sync.*\n +received +nothing\n/);
      expect(await list(home, '--all')).toEqual(before);
    }
  });

  it('sends a mail that is larger than a message, in pieces', async () => {
    const file = join(folder.path, 'large.bin');
    const content = Buffer.from(Array.from({ length: 150_000 }, (_, n) => (n * n * 7) & 0xff));
    await writeFile(file, content);
    const sent = await ok('bob', 'send', '--to', 'alice@example.test', '--subject', 'Large', '--body', 'x', '--attach', file, '--json');
    const { bytes, sync } = JSON.parse(sent) as { bytes: number; sync: { bytesUp: number; roundTrips: number } };
    expect(sync.bytesUp, 'once, with a little around it').toBeLessThan(bytes * 1.05);
    expect(sync.roundTrips).toBeLessThanOrEqual(6);
    const { luid } = await syncUntil('alice', 'Large');
    await ok('alice', 'read', luid, '--save', join(folder.path, 'saved'));
    expect(await readFile(join(folder.path, 'saved', 'large.bin'))).toEqual(content);
    await ok('alice', 'rm', luid, '--sync');
    await ok('alice', 'rm', luid, '--sync');
  });
});
