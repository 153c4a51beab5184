import { decodeMessage, encodeMessage, type Command, type Message } from '@packetboat/syncml';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  checkSettings,
  createClient,
  createMemoryClientStore,
  Flag,
  type Client,
  type ClientSettings,
  type ClientStore,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '../src/index.ts';
import { ask, changeLines, commit, folders, mail, mailBytes, outbox } from './contract/harness.ts';

const settings = checkSettings({ server: 'https://mail.example.org/sync', user: 'anna@example.org', name: 'Anna Ä', deviceId: 'PB-1' });

/** A network whose other end answers what a test says. */
class Network implements Transport {
  readonly requests: TransportRequest[] = [];
  answer: (request: TransportRequest) => TransportAnswer | Promise<TransportAnswer> = () => ({
    kind: 'failed',
    reason: 'nobody there',
    retry: false,
  });

  attempt(request: TransportRequest): Promise<TransportAnswer> {
    this.requests.push(request);
    return Promise.resolve(this.answer(request));
  }

  traffic(): { up: number; down: number; connections: number } {
    return { up: 100 + this.requests.length * 10, down: this.requests.length, connections: 1 };
  }

  async close(): Promise<void> {}
}

function answered(request: TransportRequest, commands: readonly Command[], more: Partial<Message['header']> = {}): TransportAnswer {
  const asked = decodeMessage(request.body, 'wbxml');
  const header = {
    version: '1.2',
    sessionId: asked.header.sessionId,
    msgId: '1',
    target: asked.header.source,
    source: asked.header.target,
    ...more,
  } as const;
  return { kind: 'reply', contentType: 'application/vnd.syncml+wbxml', body: encodeMessage({ header, commands, final: true }, 'wbxml') };
}

function headerStatus(code: number): Command {
  return {
    name: 'Status',
    cmdId: '1',
    msgRef: '1',
    cmdRef: '0',
    cmd: 'SyncHdr',
    targetRefs: [],
    sourceRefs: [],
    data: String(code),
    items: [],
  };
}

describe('the client', () => {
  let store: ClientStore;
  let network: Network;
  let client: Client;
  let time: number;
  let passwords: number;
  beforeEach(async () => {
    store = createMemoryClientStore();
    await commit(store, ...folders);
    network = new Network();
    time = Date.UTC(2026, 10, 23, 12);
    passwords = 0;
    client = make(settings);
  });
  const make = (own: ClientSettings): Client =>
    createClient({
      store,
      transport: network,
      settings: own,
      password: async () => {
        passwords += 1;
        return 'secret';
      },
      now: () => (time += 5),
      random: (count) => new Uint8Array(count).fill(0xab),
      sleep: async () => undefined,
    });

  const words = async (luid: string): Promise<string> => new TextDecoder().decode((await store.get(luid))?.content ?? new Uint8Array());

  describe('syncing', () => {
    it('reports a server that does not answer, with what it cost', async () => {
      const outcome = await client.sync();
      expect(outcome).toMatchObject({
        outcome: 'failed',
        error: { code: 'ERR_SESSION_TRANSPORT' },
        traffic: { up: 10, down: 1, connections: 0 },
      });
      expect(outcome.error?.message).toContain('nobody there');
      expect(outcome.milliseconds).toBe(5);
    });

    it.each([
      ['application/vnd.syncml+wbxml', '<SyncML/>'],
      ['application/vnd.syncml+xml', '<SyncML><SyncHdr>'],
      ['application/vnd.syncml+xml', ''],
    ])('reports an answer of %s that cannot be read: %s', async (contentType, text) => {
      network.answer = () => ({ kind: 'reply', contentType, body: new TextEncoder().encode(text) });
      expect(await client.sync()).toMatchObject({ outcome: 'failed', error: { code: 'ERR_SESSION_PROTOCOL' } });
    });

    it('repeats the same bytes when an answer was lost', async () => {
      network.answer = () => ({ kind: 'failed', reason: 'lost', retry: true });
      await client.sync();
      expect(network.requests).toHaveLength(4);
      for (const request of network.requests) expect(request).toEqual(network.requests[0]);
    });

    it('gives the right to sync back when a sync has failed', async () => {
      network.answer = async () => {
        await expect(client.sync()).rejects.toMatchObject({ code: 'ERR_CLIENT_BUSY' });
        return { kind: 'failed', reason: 'x', retry: false };
      };
      await client.sync();
      (await store.lock())();
      network.answer = () => {
        throw new Error('a fault of our own');
      };
      await expect(client.sync()).rejects.toThrow('a fault of our own');
      (await store.lock())();
    });

    it('asks for the password once for each sync, and says who syncs', async () => {
      await client.sync();
      await client.sync();
      expect(passwords).toBe(2);
      const { header } = decodeMessage(network.requests[0]?.body ?? new Uint8Array(), 'wbxml');
      expect(header).toMatchObject({ source: { locUri: 'PB-1', locName: 'anna@example.org' }, target: { locUri: settings.server } });
    });

    it('tells a refused log-in in words', async () => {
      network.answer = (request) => answered(request, [headerStatus(401)]);
      expect(await client.sync()).toMatchObject({ outcome: 'failed', error: { code: 'ERR_SESSION_AUTH' } });
    });

    it('does not take its log-in to another server, whatever the server names', async () => {
      network.answer = (request) => answered(request, [headerStatus(401)], { respUri: 'https://elsewhere.example/sync' });
      await client.sync();
      expect(network.requests.every((request) => request.url.startsWith('https://mail.example.org/'))).toBe(true);
      const plain = make({ ...settings, profile: false });
      network.requests.length = 0;
      const alert: Command = {
        name: 'Alert',
        cmdId: '2',
        data: '201',
        items: [{ target: { locUri: './mail' }, source: { locUri: './mail' }, meta: { anchor: { next: '1' } } }],
      };
      network.answer = (request) => answered(request, [headerStatus(212), alert], { respUri: 'http://mail.example.org/sync?token=1' });
      expect(await plain.sync()).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('another server') } });
      expect(network.requests).toHaveLength(1);
    });
  });

  describe('mails', () => {
    it('lists with what the headers say', async () => {
      await commit(store, { write: 'item', item: mail('10', { content: mailBytes('=?utf-8?q?Gr=C3=BC=C3=9Fe?=') }) });
      const [listed] = await client.ls();
      expect(listed?.summary).toMatchObject({ subject: 'Grüße', from: [{ name: 'Anna', address: 'anna@example.org' }] });
    });

    it('reads what is here, and says whether it is the whole mail', async () => {
      const content = mailBytes('short');
      await commit(
        store,
        { write: 'item', item: mail('10') },
        { write: 'item', item: mail('11', { shape: 'headers', size: 9_000, content }) },
      );
      expect(await client.read('10', { fetch: true })).toMatchObject({ whole: true, sync: null, mail: { text: 'Hello\n' } });
      expect(await client.read('11')).toMatchObject({ whole: false, sync: null, summary: { subject: 'short' } });
      await expect(client.read('99')).rejects.toMatchObject({ code: 'ERR_CLIENT_NOT_FOUND' });
      expect(network.requests).toEqual([]);
    });

    it('still shows what is here when the rest cannot be fetched', async () => {
      await commit(store, { write: 'item', item: mail('10', { shape: 'headers' }) });
      expect(await client.read('10', { fetch: true })).toMatchObject({ whole: false, sync: { outcome: 'failed' } });
    });
  });

  describe('sending', () => {
    it('puts a mail into the Outbox, then syncs', async () => {
      const sent = await client.send({
        to: ['Bert <bert@example.org>, c@example.org'],
        bcc: ['d@example.org'],
        subject: 'Hi',
        text: 'Hello\n',
      });
      expect(sent).toMatchObject({ luid: '~1', sync: { outcome: 'failed' } });
      expect(await store.get('~1')).toMatchObject({ folder: outbox, flags: Flag.Read, unsent: 'new' });
      const text = await words('~1');
      expect(sent.bytes).toBe(text.length);
      expect(text).toContain('To: Bert <bert@example.org>, c@example.org\r\n');
      expect(text, 'the server reads the envelope from it').toContain('Bcc: d@example.org\r\n');
      expect(text).toContain(`Message-ID: <${'ab'.repeat(16)}@example.org>\r\n`);
      expect(text).toMatch(/^From: =\?utf-8\?.*<anna@example\.org>\r$/im);
      expect(await changeLines(store)).toEqual([`~1 add ${outbox}`]);
    });

    it('leaves a mail in the Outbox when it is told not to sync', async () => {
      expect(await client.send({ to: ['b@example.org'], subject: '', text: '' }, { sync: false })).toMatchObject({
        luid: '~1',
        sync: null,
      });
      expect(network.requests).toEqual([]);
    });

    it('refuses what cannot be sent, and leaves nothing behind', async () => {
      await expect(client.send({ to: [], subject: '', text: '' })).rejects.toMatchObject({ code: 'ERR_CLIENT_NO_RECIPIENT' });
      await expect(client.send({ to: ['bert'], subject: '', text: '' })).rejects.toMatchObject({ code: 'ERR_CLIENT_ADDRESS' });
      await expect(client.send({ to: ['b@example.org'], subject: 'a\r\nBcc: x@y.org', text: '' })).rejects.toMatchObject({
        code: 'ERR_MESSAGE_HEADER_INJECTION',
      });
      const nameless = make({ ...settings, address: 'anna' });
      await expect(nameless.send({ to: ['b@example.org'], subject: '', text: '' })).rejects.toMatchObject({ code: 'ERR_CLIENT_ADDRESS' });
      await commit(store, { write: 'drop', luid: outbox });
      await expect(client.send({ to: ['b@example.org'], subject: '', text: '' })).rejects.toMatchObject({ code: 'ERR_CLIENT_NO_OUTBOX' });
      expect(await changeLines(store)).toEqual([]);
    });

    it('answers a mail, quotes it and marks it', async () => {
      const content = new TextEncoder().encode(
        'From: Bert <bert@example.org>\r\nTo: anna@example.org, c@example.org\r\nSubject: Plan\r\nMessage-ID: <1@x>\r\n\r\nWhen?\r\n',
      );
      await commit(store, { write: 'item', item: mail('10', { content }) });
      const sent = await client.reply('10', { text: 'Now.', all: true }, { sync: false });
      const text = await words(sent.luid);
      expect(text).toContain('To: Bert <bert@example.org>\r\nCc: c@example.org\r\nSubject: Re: Plan\r\n');
      expect(text).toContain('In-Reply-To: <1@x>\r\n');
      expect(text).toContain('Now.\r\n');
      expect(text).toContain('> When?\r\n');
      expect((await store.get('10'))?.flags).toBe(Flag.Replied);
      expect(await words((await client.reply('10', { text: 'Now.', quote: false }, { sync: false })).luid)).not.toContain('When?');
    });

    it('answers a mail of which only the header is here, and says so when there is not even that', async () => {
      await commit(
        store,
        { write: 'item', item: mail('10', { shape: 'headers' }) },
        { write: 'item', item: mail('11', { shape: 'none', content: null }) },
      );
      const { luid } = await client.reply('10', { text: 'Yes' }, { sync: false });
      expect(await words(luid)).not.toContain('Hello');
      await expect(client.reply('11', { text: 'Yes' })).rejects.toMatchObject({ code: 'ERR_CLIENT_NOT_HERE' });
    });
  });

  it('tells what it is and what is here, without a password', async () => {
    await commit(store, { write: 'item', item: mail('10') }, { write: 'anchors', datastore: './mail', anchors: { server: '42' } });
    const info = await client.info();
    expect(info).toMatchObject({ settings, stats: { mails: 1, folders: 4 }, serverKnown: false, sessions: 0, anchor: '42' });
    expect(JSON.stringify(info)).not.toContain('secret');
    await client.sync();
    expect(await client.info()).toMatchObject({ sessions: 1 });
    expect(await ask(store, 'knowledge', {})).toMatchObject({ lastSessionId: 1 });
  });
});
