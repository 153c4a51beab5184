// Devices and sessions as a commit writes them. A session is compared and swapped by its version.
import { endSession, type ServerWrite, type StoredSession } from '@packetboat/datasync';
import type { Insertable, Selectable } from 'kysely';
import { conflict } from './errors.ts';
import { plainBytes } from './rows.ts';
import type { SessionTable } from './schema.ts';
import { dropSpool } from './spool.ts';
import type { Unit } from './unit.ts';

/** Takes over what is named of a device; made when it is not there. */
export async function writeDevice(unit: Unit, write: Extract<ServerWrite, { write: 'device' }>): Promise<void> {
  const columns = {
    last_seen: unit.now,
    ...(write.devInf === undefined ? {} : { dev_inf: write.devInf }),
    ...(write.nonceUse === undefined ? {} : { nonce_count: write.nonceUse.count, challenge_used: write.nonceUse.challenge }),
  };
  await unit.tx
    .insertInto('device')
    .values({ person: write.person, device_id: write.deviceId, ...columns })
    .onConflict((on) => on.columns(['person', 'device_id']).doUpdateSet(columns))
    .execute();
}

export function sessionRecord(row: Selectable<SessionTable>): StoredSession {
  return {
    token: row.token,
    person: row.person,
    deviceId: row.device_id,
    sessionId: row.session_id,
    state: row.state,
    lastMsgId: row.last_msg_id,
    lastHash: row.last_hash,
    lastReply: plainBytes(row.last_reply),
    version: row.version,
  };
}

function sessionColumns(session: StoredSession): Omit<Insertable<SessionTable>, 'token' | 'created' | 'updated'> {
  return {
    person: session.person,
    device_id: session.deviceId,
    session_id: session.sessionId,
    state: session.state,
    last_msg_id: session.lastMsgId,
    last_hash: session.lastHash,
    last_reply: session.lastReply,
    version: session.version + 1,
  };
}

/**
 * Stores a session whose version is the one that was read (0: a new one, with which the device's others are over).
 * Throws `ERR_STORE_CONFLICT`.
 */
export async function writeSession(unit: Unit, session: StoredSession): Promise<void> {
  const columns = { ...sessionColumns(session), updated: unit.now };
  if (session.version === 0) {
    await endOthers(unit, session);
    await noteSeen(unit, session);
  }
  const done =
    session.version === 0
      ? await unit.tx
          .insertInto('session')
          .values({ token: session.token, created: unit.now, ...columns })
          .onConflict((on) => on.column('token').doNothing())
          .executeTakeFirst()
      : await unit.tx
          .updateTable('session')
          .set(columns)
          .where('token', '=', session.token)
          .where('version', '=', session.version)
          .executeTakeFirst();
  const written = 'numUpdatedRows' in done ? done.numUpdatedRows : (done.numInsertedOrUpdatedRows ?? 0n);
  if (written === 0n) throw conflict('the session');
}

/** A device is in one session at a time: replies and objects of those before are wanted by nobody. Their messages are still known. */
async function endOthers(unit: Unit, { token, person, deviceId }: StoredSession): Promise<void> {
  const others = await unit.tx
    .selectFrom('session')
    .selectAll()
    .where('person', '=', person)
    .where('device_id', '=', deviceId)
    .where('token', '!=', token)
    .where('last_hash', '!=', '')
    .execute();
  for (const row of others) {
    const { session, spools } = endSession(sessionRecord(row));
    await unit.tx.updateTable('session').set(sessionColumns(session)).where('token', '=', row.token).execute();
    for (const spool of spools) await dropSpool(unit.tx, spool);
  }
}

async function noteSeen({ tx, now }: Unit, { person, deviceId }: StoredSession): Promise<void> {
  await tx
    .insertInto('device')
    .values({ person, device_id: deviceId, last_seen: now })
    .onConflict((on) => on.columns(['person', 'device_id']).doUpdateSet({ last_seen: now }))
    .execute();
}
