// The JSON columns of the tables, checked when they are read: what does not fit is a damaged database, not a value.
import type { AnchorPair, MailFilter, View } from '@packetboat/datasync';
import { z } from 'zod';
import type { EpochStart } from './guid.ts';

/** A view as stored: the folder is a row id. */
export type StoredView = ({ readonly kind: 'hierarchical' } | { readonly kind: 'flat'; readonly folder: number }) & {
  readonly filter?: MailFilter;
};

const order = z.enum(['EQ', 'NE', 'GT', 'GE', 'LT', 'LE']);
const filter: z.ZodType<MailFilter> = z.lazy(() =>
  z.union([
    z.object({ kind: z.enum(['all', 'any']), left: filter, right: filter }),
    z.object({ kind: z.enum(['received', 'size']), order, value: z.number() }),
    z.object({ kind: z.literal('flag'), flag: z.number(), is: z.boolean() }),
  ]),
);
const filtered = { filter: filter.exactOptional() };
const view: z.ZodType<StoredView> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hierarchical'), ...filtered }),
  z.object({ kind: z.literal('flat'), folder: z.number(), ...filtered }),
]);
const anchors: z.ZodType<AnchorPair> = z.object({ client: z.string(), server: z.string(), batch: z.number() });
const epochs: z.ZodType<EpochStart[]> = z.array(z.object({ epoch: z.number(), after: z.number() }));
const flagArgs: z.ZodType<{ set: number; clear: number }> = z.object({ set: z.number(), clear: z.number() });

export function readView(json: string): StoredView {
  return view.parse(JSON.parse(json));
}

export function readAnchors(json: string | null): AnchorPair | null {
  return json === null ? null : anchors.parse(JSON.parse(json));
}

export function readEpochStarts(json: string): EpochStart[] {
  return epochs.parse(JSON.parse(json));
}

/** The arguments of a `flags` operation: bits to set and bits to clear. */
export function readFlagArgs(json: string): { readonly set: number; readonly clear: number } {
  return flagArgs.parse(JSON.parse(json));
}

/** A view as the port has it, given what turns a row id into a GUID. */
export function viewOf(stored: StoredView, guid: (id: number) => string): View {
  return stored.kind === 'flat' ? { ...stored, folder: guid(stored.folder) } : stored;
}
