// The end of a step: all that a session decided, in one transaction, or nothing of it.
import type { Commit, ServerWrite } from '@packetboat/datasync';
import { writeAppend, writeSend } from './arrivals.ts';
import { writeDelete, writeFlags, writeMove } from './changes.ts';
import { writeContent } from './drafts.ts';
import { conflict } from './errors.ts';
import { switchGenerations, writeGeneration } from './generations.ts';
import { acknowledge, dropRow, requeue, retryHeld, writeRows } from './map.ts';
import { forgetReceived, writeReceived } from './received.ts';
import { writeDevice, writeSession } from './sessions.ts';
import { dropSpool, writeSpool } from './spool.ts';
import { accountId, type Unit } from './unit.ts';

/** Applies the writes in their order. Throws `ERR_STORE_CONFLICT` when an account has moved on since it was read. */
export async function commit(unit: Unit, ask: Commit): Promise<null> {
  for (const [guid, rev] of Object.entries(ask.accountRevs)) {
    const account = await unit.tx.selectFrom('account').select('rev').where('id', '=', accountId(guid)).executeTakeFirst();
    if (account?.rev !== rev) throw conflict('the account');
  }
  let rows: RowWrite[] = [];
  for (const write of ask.writes) {
    // Rows that follow each other in one generation are written together.
    if (rows.length > 0 && (write.write !== 'row' || write.generation !== rows[0]?.generation)) {
      await flushRows(unit, rows);
      rows = [];
    }
    if (write.write === 'row') rows.push(write);
    else await apply(unit, write);
  }
  await flushRows(unit, rows);
  return null;
}

type RowWrite = Extract<ServerWrite, { write: 'row' }>;

async function flushRows(unit: Unit, rows: readonly RowWrite[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await writeRows(
    unit,
    first.generation,
    rows.map((write) => write.row),
  );
}

function apply(unit: Unit, write: Exclude<ServerWrite, RowWrite>): Promise<void> {
  switch (write.write) {
    case 'device':
      return writeDevice(unit, write);
    case 'session':
      return writeSession(unit, write.session);
    case 'generation':
      return writeGeneration(unit, write.generation);
    case 'switch':
      return switchGenerations(unit, write.binding);
    case 'dropRow':
      return dropRow(unit, write.generation, write.guid);
    case 'acknowledge':
      return acknowledge(unit, write.generation, write.batch, write.luidIsGuid);
    case 'requeue':
      return requeue(unit, write.generation, write.batch);
    case 'retryHeld':
      return retryHeld(unit, write.generation, write.reasons);
    case 'received':
      return writeReceived(unit, write.generation, write.record);
    case 'forgetReceived':
      return forgetReceived(unit, write.generation, write.batch);
    case 'flags':
      return writeFlags(unit, write);
    case 'move':
      return writeMove(unit, write);
    case 'content':
      return writeContent(unit, write);
    case 'delete':
      return writeDelete(unit, write);
    case 'append':
      return writeAppend(unit, write);
    case 'send':
      return writeSend(unit, write);
    case 'spool':
      return writeSpool(unit.tx, write.spool, write.at, write.bytes, unit.now);
    case 'dropSpool':
      return dropSpool(unit.tx, write.spool);
  }
}
