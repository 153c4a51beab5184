// Devices and sessions as a commit writes them. A session is compared and swapped by its version.
import type { ServerWrite, StoredSession } from '@packetboat/datasync';
import { conflict } from './errors.ts';
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

/** Stores a session whose version is the one that was read (0: a new one). Throws `ERR_STORE_CONFLICT`. */
export async function writeSession(unit: Unit, session: StoredSession): Promise<void> {
  const columns = {
    person: session.person,
    device_id: session.deviceId,
    session_id: session.sessionId,
    state: session.state,
    last_msg_id: session.lastMsgId,
    last_hash: session.lastHash,
    last_reply: session.lastReply,
    version: session.version + 1,
    updated: unit.now,
  };
  const done =
    session.version === 0
      ? await unit.tx
          .insertInto('session')
          .values({ token: session.token, ...columns })
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
