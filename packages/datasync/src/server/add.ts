// A new mail from the device: into a folder, or through the Outbox on its way. RFC 6409 for what is checked before sending.
import { StatusCode, type EmailObject, type Item } from '@packetboat/syncml';
import { bytesToHex } from '@noble/hashes/utils.js';
import { flagFields } from '../flags.ts';
import { need, type Step } from '../step.ts';
import type { Result } from './execute.ts';
import { goesOut, parentOf } from './folder.ts';
import type { NewMail, ServerNeeds } from './port.ts';
import type { Receiving } from './receive.ts';
import { sendKey } from './received-key.ts';
import { adopt, findSent, tie } from './slow-sync.ts';
import { answer, textItem } from './turn.ts';

export function* addMail(
  r: Receiving,
  luid: string,
  item: Item,
  email: EmailObject,
  mail: Uint8Array,
  key: string,
): Step<ServerNeeds, Result | null> {
  const parent = parentOf(r, item);
  if (parent === undefined) return { code: StatusCode.NotFound, items: textItem('There is no such folder.') };
  const draft: NewMail = {
    account: r.ds.account,
    parent,
    flags: flagFields(email).set,
    received: dateOf(email.received) ?? r.turn.env.now,
    generations: r.ds.otherGeneration === null ? [r.ds.generation] : [r.ds.generation, r.ds.otherGeneration],
    luid,
    shape: 'full',
    mail: { bytes: mail },
  };
  if (goesOut(r, item)) return yield* send(r, draft);
  const record = { key, status: String(StatusCode.ItemAdded), text: null, guid: null, queueId: null, batch: r.batch };
  r.turn.writes.push({ write: 'append', mail: draft, received: record });
  r.received.set(key, record);
  r.fresh.add(luid);
  return { code: StatusCode.ItemAdded };
}

/** Queues a mail for submission. The same bytes are never sent twice, whatever LUID they come under. */
function* send(r: Receiving, draft: NewMail): Step<ServerNeeds, Result | null> {
  const key = sendKey(draft.mail.bytes);
  const twin = r.turn.outgoing.get(`${draft.account} ${key}`);
  if (twin !== undefined) {
    // The device has it twice now, and it becomes one mail among the sent ones.
    if (twin.luid !== draft.luid || twin.key !== r.ds.key) r.ds.deletes.push(draft.luid);
    return awaitSubmission(r, twin.queueId, draft.luid);
  }
  const [known] = yield* need<ServerNeeds, 'received'>('received', { generation: r.ds.generation, keys: [key] });
  if (known !== undefined) {
    if (known.guid !== null) yield* tie(r, draft.luid, known.guid, draft.parent);
    if (known.queueId === null) return { code: known.status, ...(known.text === null ? {} : { items: textItem(known.text) }) };
    return awaitSubmission(r, known.queueId, draft.luid);
  }
  const left = r.ds.building ? yield* findSent(r, draft) : undefined;
  if (left !== undefined) {
    adopt(r, draft.luid, left, { named: 0, set: 0 }, draft.parent, 'full');
    return { code: StatusCode.ItemAdded };
  }
  const prepared = yield* need<ServerNeeds, 'prepareSend'>('prepareSend', { account: draft.account, mail: draft.mail.bytes });
  if (!prepared.ok) return { code: StatusCode.CommandFailed, items: textItem(prepared.text) };
  const queueId = bytesToHex(r.turn.env.random(12));
  const before = r.rows.get(draft.luid)?.item;
  // A mail that could not be sent and that this one takes the place of.
  if (before != null && before.sendError !== null && before.parent === draft.parent && !before.gone)
    r.turn.writes.push({ write: 'delete', account: draft.account, guid: before.guid, archive: false, ackBy: r.ds.generation });
  r.turn.writes.push({
    write: 'send',
    mail: { ...draft, mail: { bytes: prepared.mail } },
    queueId,
    envelope: prepared.envelope,
    messageId: prepared.messageId,
    received: { key, status: String(StatusCode.Accepted), text: null, guid: null, queueId, batch: r.batch },
  });
  r.fresh.add(draft.luid);
  r.turn.outgoing.set(`${draft.account} ${key}`, { queueId, key: r.ds.key, luid: draft.luid });
  return awaitSubmission(r, queueId, draft.luid);
}

/** Puts a Status where the answer belongs; its code is filled in when the submission has been tried. */
function awaitSubmission(r: Receiving, queueId: string, luid: string): null {
  // A failure, so that it has a place for profile clients too; success takes it away again.
  const placed = answer(r.turn, r.current, StatusCode.CommandFailed, { source: luid });
  r.turn.openSubmissions.set(queueId, [...(r.turn.openSubmissions.get(queueId) ?? []), ...(placed === undefined ? [] : [placed])]);
  return null;
}

/** Basic ISO UTC (`20060517T123456Z`) as ms; undefined for anything else. */
function dateOf(text: string | undefined): number | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (m === null) return undefined;
  return Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]), Number(m[6]));
}
