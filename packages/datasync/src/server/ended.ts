// What is kept of a session that nothing comes after any more: who has met it knows its messages again, and cannot go on in it.
import type { StoredSession } from './port.ts';
import type { SessionState } from './state.ts';

export interface EndedSession {
  /** Each of its messages that comes once more is stale; any other is none of this session. */
  readonly session: StoredSession;
  /** Spool objects that it alone needed. */
  readonly spools: readonly string[];
}

/**
 * A session that is over: its device has begun another one, or it has lasted for too long. The stored reply goes, since only a client
 * that is still in the session can ask for it.
 */
export function endSession(stored: StoredSession): EndedSession {
  const { seen, secretMark, macEach, incoming, outgoing } = JSON.parse(stored.state) as Partial<SessionState>;
  return {
    session: {
      ...stored,
      state: JSON.stringify({ seen, secretMark, macEach }),
      // No MsgID comes after it, and none has this hash.
      lastMsgId: 'Infinity',
      lastHash: '',
      lastReply: new Uint8Array(),
    },
    spools: [incoming, outgoing].flatMap((object) => (object === null || object === undefined ? [] : object.spool)),
  };
}
