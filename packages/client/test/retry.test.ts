import { describe, expect, it } from 'vitest';
import { exchangeWithRetries } from '../src/retry.ts';
import type { Transport, TransportAnswer, TransportRequest } from '../src/index.ts';

const request: TransportRequest = { url: 'https://example.org/sync', contentType: 'x/y', body: Uint8Array.of(1, 2, 3) };
const reply: TransportAnswer = { kind: 'reply', contentType: 'x/y', body: Uint8Array.of(9) };
const lost: TransportAnswer = { kind: 'failed', reason: 'lost', retry: true };

function random(count: number): Uint8Array {
  return new Uint8Array(count).fill(128);
}

/** A network that answers in the given order, and notes what it was sent and how long was waited. */
function network(answers: TransportAnswer[]): {
  transport: Transport;
  seen: TransportRequest[];
  waits: number[];
  run(): Promise<TransportAnswer>;
} {
  const seen: TransportRequest[] = [];
  const waits: number[] = [];
  const transport: Transport = {
    attempt: async (asked) => {
      seen.push(asked);
      return answers.shift() ?? lost;
    },
    traffic: () => null,
    close: async () => undefined,
  };
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  return { transport, seen, waits, run: () => exchangeWithRetries(transport, request, { sleep, random }) };
}

describe('sending again', () => {
  it('sends the same bytes until an answer comes, with longer and longer waits', async () => {
    const net = network([lost, lost, reply]);
    expect(await net.run()).toBe(reply);
    expect(net.seen).toEqual([request, request, request]);
    expect(net.waits.map((ms) => Math.round(ms / 10) * 10)).toEqual([500, 1000]);
  });

  it('gives up after four attempts, with the last reason', async () => {
    const net = network([lost, lost, lost, { ...lost, reason: 'still lost' }, reply]);
    expect(await net.run()).toMatchObject({ kind: 'failed', reason: 'still lost' });
    expect(net.seen).toHaveLength(4);
  });

  it('does not repeat what a server has refused for good', async () => {
    const net = network([{ kind: 'failed', reason: 'HTTP status 404', httpStatus: 404, retry: false }, reply]);
    expect(await net.run()).toMatchObject({ httpStatus: 404 });
    expect(net.seen).toHaveLength(1);
  });

  it('waits as long as the server asks, within reason', async () => {
    const net = network([{ ...lost, afterMs: 3_000 }, { ...lost, afterMs: 3_600_000 }, reply]);
    await net.run();
    expect(net.waits).toEqual([3_000, 10_000]);
  });

  it('does not wait when only a kept connection was gone, but does when the fresh one breaks too', async () => {
    const gone: TransportAnswer = { ...lost, atOnce: true };
    const net = network([gone, gone, reply]);
    expect(await net.run()).toBe(reply);
    expect(net.waits).toHaveLength(1);
  });
});
