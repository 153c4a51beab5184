// The demo judges the whole product, so it is judged here: that its journey holds, that it can fail, that it leaves nothing behind.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences, ensureSame, servedMail, StepFault } from '../src/demo/check.ts';
import { Device } from '../src/demo/device.ts';
import { letterMails } from '../src/demo/fill.ts';
import { sendBySmtp } from '../src/demo/smtp.ts';
import { startWorld, type World } from '../src/demo/world.ts';
import { startCommand } from './command-process.ts';

describe('packetboat demo --exit', () => {
  test('plays every step, counts its bytes, and ends with 0', async () => {
    const demo = startCommand(['demo', '--exit']);
    expect(await demo.end, demo.out() + demo.err()).toBe(0);
    const steps = demo
      .out()
      .split('\n')
      .filter((line) => /^(?:ok {2}|FAIL) /.test(line));
    expect(steps.length).toBeGreaterThanOrEqual(12);
    for (const step of steps) {
      const numbers = /^ok {4}.+ up +([\d,]+) B {2}down +([\d,]+) B +(\d+) round trips? +(\d+) ms$/.exec(step);
      expect(numbers, step).not.toBeNull();
      // A message without content has 200 bytes at least; fewer would be no real traffic.
      for (const bytes of numbers?.slice(1, 3) ?? []) expect(Number(bytes.replaceAll(',', '')), step).toBeGreaterThan(200);
      expect(Number(numbers?.[3]), step).toBeGreaterThan(0);
    }
    expect(demo.out()).toMatch(new RegExp(`^Every step held: ${steps.length} steps`, 'm'));
  });

  test('takes no folder, since it begins from nothing', async () => {
    const demo = startCommand(['demo', '--exit', '--data', '/nowhere']);
    expect(await demo.end).toBe(2);
  });
});

describe('packetboat demo', () => {
  test('stays up until a signal and takes its folder away', async () => {
    const demo = startCommand(['demo']);
    await demo.said('Ctrl-C ends it.');
    const url = /Packetboat is up: (\S+)/.exec(demo.out())?.[1] ?? '';
    const folder = /files {2}(\S+)/.exec(demo.out())?.[1] ?? '';
    expect((await fetch(new URL('/readyz', url))).status).toBe(200);
    expect(existsSync(folder)).toBe(true);
    demo.child.kill('SIGTERM');
    expect(await demo.end, demo.err()).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the letters', () => {
  test('are the same bytes every time', () => {
    const [first, second] = [letterMails(), letterMails()];
    expect(second.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))).toEqual(
      first.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
    );
  });

  test('are twenty or more for each person, with threads, attachments and other scripts', () => {
    const mails = letterMails();
    for (const user of ['alice', 'bob'] as const) {
      const own = mails.filter(({ letter }) => letter[user] !== undefined).map(({ letter }) => letter);
      expect(own.length).toBeGreaterThanOrEqual(20);
      expect(own.filter((letter) => letter.answers !== undefined).length).toBeGreaterThanOrEqual(3);
      expect(own.filter((letter) => letter.attachments !== undefined).length).toBeGreaterThanOrEqual(5);
      expect(own.filter((letter) => /[^\u0000-\u024f\u2000-\u2fff]/u.test(letter.subject)).length).toBeGreaterThanOrEqual(4);
    }
    expect(new Set(mails.map(({ letter }) => letter.id)).size).toBe(mails.length);
  });
});

describe('what the steps are judged by', () => {
  let world: World;
  let device: Device;

  beforeAll(async () => {
    world = await startWorld({ ports: { sync: 0, smtp: 0 } });
    device = new Device(world, 'alice', 'phone');
    await device.sync();
  });

  afterAll(async () => {
    await device.close();
    await world.close();
  });

  test('holds while device and mail server agree', async () => {
    await expect(ensureSame(world, device)).resolves.toBeUndefined();
  });

  test('falls when one flag of one mail differs', async () => {
    const mail = await servedMail(world, 'alice', '<parcel@parcels.example>');
    await world.mailbox('alice').setFlags(mail.path, [mail.uid], { replied: true });
    await expect(ensureSame(world, device)).rejects.toThrow(/differ in 2 places: .*<parcel@parcels\.example> \[read\] .*\[read replied\]/);
    await device.sync();
    await expect(ensureSame(world, device)).resolves.toBeUndefined();
  });

  test('falls when a mail lies in another folder, is missing, or is there twice', () => {
    const mail = { folder: 'inbox', messageId: '<a@b>', flags: 'read', size: 7 };
    const names = ['here', 'there'] as const;
    expect(differences([mail], [mail], names)).toEqual([]);
    expect(differences([mail], [{ ...mail, folder: 'sent' }], names)).toEqual([
      'only here: inbox <a@b> [read] 7 B',
      'only there: sent <a@b> [read] 7 B',
    ]);
    expect(differences([mail], [], names)).toEqual(['only here: inbox <a@b> [read] 7 B']);
    expect(differences([mail], [mail, mail], names)).toEqual(['only there: inbox <a@b> [read] 7 B']);
  });

  test('tells a mail that is not there from one that is', async () => {
    await expect(servedMail(world, 'alice', '<nowhere@nowhere>')).rejects.toThrow(StepFault);
  });

  test('gives the words of an SMTP server that refuses', async () => {
    const mail = new TextEncoder().encode('Subject: x\r\n\r\nx\r\n');
    await expect(sendBySmtp(world.smtpPort(), { from: 'grace@harbour.example', to: 'nobody@packetboat.test' }, mail)).rejects.toThrow(
      /550/,
    );
  });
});
