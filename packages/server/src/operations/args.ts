// The arguments of a row of the operation queue, which are JSON in the table.
import type { FlagSet } from '@packetboat/datasync';

export interface FlagsArgs {
  readonly set: FlagSet;
  readonly clear: FlagSet;
}

function numberIn(args: string, name: string): number {
  const parsed: unknown = JSON.parse(args);
  const value = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)[name] : undefined;
  if (typeof value !== 'number') throw new Error(`an operation has no ${name}`);
  return value;
}

export function flagsArgs(args: string): FlagsArgs {
  return { set: numberIn(args, 'set'), clear: numberIn(args, 'clear') };
}

/** The folder item that a mail is moved to. */
export function moveTarget(args: string): number {
  return numberIn(args, 'to');
}

/** The folder in which an append was begun; undefined for one that has not begun: it goes to where its item is by then. */
export function appendFolder(args: string): number | undefined {
  return args.includes('"folder"') ? numberIn(args, 'folder') : undefined;
}

export function begunAppend(folder: number): string {
  return JSON.stringify({ folder });
}
