// A sync told to people: what moved each way, what it cost, what was refused.
import type { SyncOutcome, SyncProgress } from '@packetboat/client';
import { advice, exitOf } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';

type Counts = SyncOutcome['received'];

/** Lines without colours or control characters. */
export function reportLines(outcome: SyncOutcome): readonly string[] {
  const kinds: Readonly<Record<SyncOutcome['type'], string>> = {
    'two-way': 'both ways',
    slow: 'slow sync, everything compared',
    send: 'sent only',
    receive: 'received only',
    refresh: 'everything fetched anew',
  };
  const lines = [`${outcome.outcome === 'done' ? 'synced' : 'sync failed'} (${kinds[outcome.type]})`];
  lines.push(`  received  ${countsText(outcome.received)}`, `  sent      ${countsText(outcome.sent)}`);
  for (const { luid, status, text } of outcome.refused)
    lines.push(`  refused   ${safeLine(`${luid}: ${text ?? 'no reason given'} (status ${status})`)}`);
  lines.push(`  cost      ${costText(outcome)}`);
  return lines;
}

export function countsText({ added, changed, deleted, moved }: Counts): string {
  const parts = [
    [added, 'new'],
    [changed, 'changed'],
    [moved, 'moved'],
    [deleted, 'deleted'],
  ].filter(([count]) => count !== 0);
  return parts.length === 0 ? 'nothing' : parts.map(([count, word]) => `${number(Number(count))} ${word}`).join(', ');
}

export function costText({ bytesDown, bytesUp, milliseconds, roundTrips, traffic }: SyncOutcome): string {
  const [up, down] = traffic === null ? [bytesUp, bytesDown] : [traffic.up, traffic.down];
  const turns = `${number(roundTrips)} round trip${roundTrips === 1 ? '' : 's'}`;
  return `${number(up)} bytes up, ${number(down)} bytes down, ${turns}, ${number(Math.round(milliseconds))} ms`;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function progressText({ expected, received, sent }: SyncProgress): string {
  const of = expected === null ? '' : ` of ${number(expected)}`;
  return `syncing: ${number(received)}${of} received, ${number(sent)} sent`;
}

/** Tells a failure, with what to do about it, and gives the exit code. */
export function concludeSync(outcome: SyncOutcome, json: boolean): number {
  if (outcome.error === null) return outcome.refused.length > 0 ? exitCode.partly : exitCode.done;
  const { code, message } = outcome.error;
  if (!json) tell(`packetboat: ${safeLine(message)}${advice[code] === undefined ? '' : `\n${advice[code]}`}`);
  return exitOf(code);
}
