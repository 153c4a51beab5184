// Status changes: one STORE for all mails of a folder that change alike.
import { flagChange } from '../tracking/mail-flags.ts';
import { flagsArgs } from './args.ts';
import { done, type Execute, type Revert } from './outcome.ts';
import { pathOf } from './place.ts';

/** A mail that is not at its place has been moved or removed there: a pass tells which, and where to its change goes then. */
export const executeFlags: Execute = async (context, operations) => {
  const [first] = operations;
  if (first === undefined) return { done: [] };
  const path = await pathOf(context, first.remoteFolder);
  if (path === undefined) return { done: done(operations) };
  const { set, clear } = flagsArgs(first.args);
  const there = new Set(
    await context.server.setFlags(
      path,
      operations.flatMap((operation) => operation.remoteUid ?? []),
      flagChange(set, clear),
    ),
  );
  const told = operations.filter((operation) => there.has(operation.remoteUid ?? ''));
  for (const { item } of told) context.journal.noteFlags(item, set | clear);
  return { done: done(told), putOff: operations.filter((operation) => !told.includes(operation)) };
};

/** The bits that were set are cleared again and the other way round, but for those that a later change speaks of. */
export const revertFlags: Revert = async ({ tx, revision }, operation) => {
  const { set, clear } = flagsArgs(operation.args);
  const later = await tx
    .selectFrom('operation')
    .select('args')
    .where('item', '=', operation.item)
    .where('kind', '=', 'flags')
    .where('id', '>', operation.id)
    .execute();
  const spoken = later.map((row) => flagsArgs(row.args)).reduce((sum, args) => sum | args.set | args.clear, 0);
  const row = await tx.selectFrom('item').select('flags').where('id', '=', operation.item).where('gone', '=', 0).executeTakeFirst();
  if (row === undefined) return;
  const flags = (row.flags & ~(set & ~spoken)) | (clear & ~spoken);
  if (flags === row.flags) return;
  await tx
    .updateTable('item')
    .set({ flags, rev: await revision.take() })
    .where('id', '=', operation.item)
    .execute();
};
