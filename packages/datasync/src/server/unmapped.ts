// Mails that the device has from us and never named a LUID for, since the message with its Map was lost. A device that has no way to
// say so later sends them as its own, and they are found again by what they say. DS Protocol 1.2 §3 (#5, #6), Map.
import type { EmailObject, Item } from '@packetboat/syncml';
import { need, type Step } from '../step.ts';
import { mappedRow } from './acknowledge.ts';
import { deviceMail } from './device-mail.ts';
import type { Guid, MatchKey, RowItem, ServerNeeds } from './port.ts';
import type { Receiving } from './receive.ts';

/**
 * If the mail is one that was sent and not mapped, its row gets the LUID, as by a late Map; what else the device says of it are
 * changes. Profile devices need no Map, and in a slow sync everything is matched anyway.
 */
export function* claimUnmapped(r: Receiving, luid: string, email: EmailObject, bytes: Uint8Array, item: Item): Step<ServerNeeds, boolean> {
  if (r.turn.session.profile || r.ds.building) return false;
  const mail = deviceMail(r, luid, email, bytes, item);
  const keys = yield* need<ServerNeeds, 'identify'>('identify', { mails: [mail] });
  const [found] = yield* need<ServerNeeds, 'unmapped'>('unmapped', { generation: r.ds.generation, keys });
  const free = found?.filter(({ row }) => row !== null && !r.claimed.has(row.guid)) ?? [];
  const claimed = free.find((each) => wasSentTo(each, mail.parent)) ?? free[0];
  if (claimed?.row == null) return false;
  r.claimed.add(claimed.row.guid);
  const row = mappedRow(claimed.row, luid, claimed.item, r.ds);
  r.turn.writes.push({ write: 'row', generation: r.ds.generation, row });
  r.rows.set(luid, { row, item: claimed.item });
  return true;
}

/**
 * During a slow sync: which items the mails may be because the map that is being replaced has sent them, by LUID. A mail
 * is taken for one that was sent into its own folder before others are.
 */
export function* sentBefore(
  r: Receiving,
  keys: readonly Pick<MatchKey, 'luid' | 'messageId' | 'digest' | 'parent'>[],
): Step<ServerNeeds, ReadonlyMap<string, Guid>> {
  const guids = new Map<string, Guid>();
  if (r.ds.otherGeneration === null || keys.length === 0) return guids;
  const found = yield* need<ServerNeeds, 'unmapped'>('unmapped', { generation: r.ds.otherGeneration, keys });
  for (const isPlaced of [true, false]) {
    for (const [at, { luid, parent }] of keys.entries()) {
      if (guids.has(luid)) continue;
      const row = found[at]?.find((each) => !r.claimed.has(each.row?.guid ?? '') && (!isPlaced || wasSentTo(each, parent)))?.row;
      if (row == null) continue;
      r.claimed.add(row.guid);
      guids.set(luid, row.guid);
    }
  }
  return guids;
}

function wasSentTo({ row }: RowItem, parent: Guid | null): boolean {
  return row !== null && (row.sent === null ? row.ackParent : row.sent.parent) === parent;
}
