// What `send` and `reply` say in the end.
import type { SentMail } from '@packetboat/client';
import { exitCode } from '../exit-codes.ts';
import { print, printJson, tell } from '../terminal/output.ts';
import { concludeSync, number, reportLines } from './report.ts';

export function concludeSent(sent: SentMail, json: boolean): number {
  const { bytes, luid, sync } = sent;
  if (json) printJson(sent);
  else if (sync === null) print(`mail ${luid} (${number(bytes)} bytes) waits in the Outbox for the next sync`);
  else {
    const refused = sync.refused.some((each) => each.luid === luid);
    const words =
      sync.error !== null ? 'waits in the Outbox' : refused ? 'was refused and stays in the Outbox' : 'has been handed to the server';
    print(`mail ${luid} (${number(bytes)} bytes) ${words}`);
    for (const line of reportLines(sync)) print(line);
    if (sync.error !== null) tell('it is sent with the next sync');
  }
  return sync === null ? exitCode.done : concludeSync(sync, json);
}
