// What a day with a device is made of, measured step by step over one mailbox. Each step checks that what it measured has happened.
import { setTimeout as sleep } from 'node:timers/promises';
import { Flag } from '@packetboat/client';
import type { Dovecot } from '../test/peers/dovecot.ts';
import type { Postfix } from '../test/peers/postfix.ts';
import { openBenchDevice, type BenchDevice, type Measured } from './device.ts';
import { fillMailbox, spread, type BenchMailbox } from './mailbox.ts';
import { startMeasuredServer, type MeasuredServer } from './server.ts';

/** Names by which steps are asked for. */
export const stepNames = ['first-sync', 'nothing', 'ten-new', 'flags-down', 'flags-up', 'send'] as const;
export type StepName = (typeof stepNames)[number];

export interface FirstSync extends Measured {
  /** Resident bytes of the server: with an empty mailbox, and the most until the first sync was over. */
  readonly idleBytes: number;
  readonly peakBytes: number;
  /** Until the 50 newest mails were on the device. */
  readonly usableMs: number;
}

export interface SizeResult {
  readonly mails: number;
  readonly mailBytes: number;
  readonly firstSync: FirstSync;
  readonly steps: ReadonlyMap<string, Measured>;
}

export interface SizeOptions {
  readonly dovecot: Dovecot;
  readonly postfix: Postfix | undefined;
  readonly user: string;
  readonly mails: number;
  readonly meanBytes: number;
  readonly wanted: ReadonlySet<StepName>;
  readonly idleBytes: number;
}

/** A server of its own with this mailbox, and a device that syncs it for the first time and then lives with it. */
export async function measureSize(options: SizeOptions): Promise<SizeResult> {
  const { dovecot, postfix, user, mails, meanBytes, wanted } = options;
  const mailbox = await fillMailbox({ dovecot, user, count: mails, meanBytes });
  const server = await startMeasuredServer({ dovecot, postfix, user });
  try {
    await server.settled();
    const device = await openBenchDevice(server, user);
    try {
      const firstSync = await measureFirstSync(server, device, mailbox, options.idleBytes);
      const steps = new Map<string, Measured>();
      for (const name of stepNames) {
        if (name === 'first-sync' || !wanted.has(name)) continue;
        for (const [title, measured] of await runStep(name, { server, device, mailbox, sends: postfix !== undefined }))
          steps.set(title, measured);
      }
      return { mails, mailBytes: mailbox.filled.bytes, firstSync, steps };
    } finally {
      await device.close();
    }
  } finally {
    await server.stop();
  }
}

/** Resident bytes of a server that has looked at an empty mailbox: the middle one of three, for they differ by some MB. */
export async function measureIdle(dovecot: Dovecot, user: string): Promise<number> {
  const all = [await idleOnce(dovecot, user), await idleOnce(dovecot, user), await idleOnce(dovecot, user)];
  return all.toSorted((a, b) => a - b)[1] ?? Number.NaN;
}

async function idleOnce(dovecot: Dovecot, user: string): Promise<number> {
  const server = await startMeasuredServer({ dovecot, postfix: undefined, user });
  try {
    await server.settled();
    return server.memory().now;
  } finally {
    await server.stop();
  }
}

async function measureFirstSync(
  server: MeasuredServer,
  device: BenchDevice,
  { filled }: BenchMailbox,
  idleBytes: number,
): Promise<FirstSync> {
  const started = performance.now();
  let usableMs = Number.NaN;
  const enough = Math.min(50, filled.count);
  const newest = new Set(filled.messageIds.slice(-enough));
  const look = async (received: number): Promise<void> => {
    if (received < enough || !Number.isNaN(usableMs)) return;
    const shown = await device.client.ls({ limit: enough });
    if (Number.isNaN(usableMs) && shown.length === enough && shown.every(({ summary }) => newest.has(summary.messageId ?? ''))) {
      usableMs = performance.now() - started;
    }
  };
  const measured = await device.sync((received) => void look(received));
  const { stats } = await device.client.info();
  check(stats.mails === filled.count, `${stats.mails} of ${filled.count} mails came`);
  check(!Number.isNaN(usableMs), 'the newest mails did not come first');
  return { ...measured, idleBytes, peakBytes: server.memory().peak, usableMs };
}

interface Place {
  readonly server: MeasuredServer;
  readonly device: BenchDevice;
  readonly mailbox: BenchMailbox;
  readonly sends: boolean;
}

type Rows = readonly (readonly [title: string, measured: Measured])[];

async function runStep(name: Exclude<StepName, 'first-sync'>, place: Place): Promise<Rows> {
  switch (name) {
    case 'nothing':
      return nothingChanged(place);
    case 'ten-new':
      return [['10 new mails of 6 kB, headers', await tenNew(place)]];
    case 'flags-down':
      return [['100 status changes at the mail server', await flagsDown(place)]];
    case 'flags-up':
      return [['100 status changes on the device', await flagsUp(place)]];
    case 'send':
      return place.sends ? [['send 5 kB and have it in Sent', await send(place)]] : [];
  }
}

const repeats = 20;

async function nothingChanged({ device, server }: Place): Promise<Rows> {
  // Compiles what is used each time, so that the first of the measured ones is no exception.
  for (let i = 0; i < 5; i += 1) await device.sync();
  const kept: Measured[] = [];
  for (let i = 0; i < repeats; i += 1) kept.push(await device.sync());
  const cold: Measured[] = [];
  for (let i = 0; i < repeats; i += 1) {
    server.proxy.breakAll();
    await sleep(20);
    cold.push(await device.sync());
  }
  for (const { outcome } of [...kept, ...cold]) check(outcome.received.added + outcome.received.changed === 0, 'something had changed');
  return [
    ['nothing changed, kept connection', average(kept)],
    ['nothing changed, cold', average(cold)],
  ];
}

async function tenNew({ device, mailbox }: Place): Promise<Measured> {
  await mailbox.deliver(10);
  const measured = await device.sync();
  check(measured.outcome.received.added === 10, `${measured.outcome.received.added} of 10 mails came`);
  return measured;
}

async function flagsDown({ device, mailbox }: Place): Promise<Measured> {
  const count = Math.min(100, mailbox.filled.count);
  await mailbox.flag(count);
  const measured = await device.sync();
  check(measured.outcome.received.changed === count, `${measured.outcome.received.changed} of ${count} changes came`);
  return measured;
}

async function flagsUp({ device, mailbox }: Place): Promise<Measured> {
  const before = await mailbox.countRead();
  // The newest mails of a mailbox are unread; those further down have been read.
  const shown = await device.client.ls({ limit: 1_000_000 });
  const some = spread(
    shown.filter(({ flags }) => (flags & Flag.Read) !== 0),
    100,
  );
  for (const { luid } of some) await device.client.mark(luid, Flag.Read, 0);
  const measured = await device.sync();
  check(
    measured.outcome.sent.changed === some.length && some.length > 0,
    `${measured.outcome.sent.changed} of ${some.length} changes went`,
  );
  for (let i = 0; (await mailbox.countRead()) !== before - some.length; i += 1) {
    check(i < 50, 'the mail server did not hear of all changes');
    await sleep(100);
  }
  await device.sync();
  return measured;
}

async function send({ device }: Place): Promise<Measured> {
  const text = Array.from(
    { length: 62 },
    (_, line) =>
      `Line ${line} of what is to be said about ${(line * 7_919) % 10_007} and ${(line * 104_729) % 99_991}: it takes some words.`,
  );
  await device.client.send({ to: ['bob@example.test'], subject: 'five kilobytes', text: `${text.join('\n')}\n` }, { sync: false });
  const measured = await device.sync();
  const folders = await device.client.folders();
  const sent = folders.find(({ role }) => role === 'sent')?.luid ?? '';
  for (let i = 0; !(await device.client.ls({ folder: sent })).some(({ summary }) => summary.subject === 'five kilobytes'); i += 1) {
    check(i < 20, 'the mail did not come to Sent');
    await sleep(100);
    await device.sync();
  }
  return measured;
}

function average(all: readonly Measured[]): Measured {
  const [first] = all;
  if (first === undefined) throw new Error('nothing was measured');
  const mean = (of: (each: Measured) => number): number => all.reduce((sum, each) => sum + of(each), 0) / all.length;
  return {
    outcome: first.outcome,
    up: mean(({ up }) => up),
    down: mean(({ down }) => down),
    turns: mean(({ turns }) => turns),
    milliseconds: mean(({ milliseconds }) => milliseconds),
    serverMs: mean(({ serverMs }) => serverMs),
  };
}

function check(holds: boolean, fault: string): void {
  if (!holds) throw new Error(`the benchmark failed: ${fault}`);
}
