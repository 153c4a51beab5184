// Uids as the port has them: the uid validity of the folder, in hex, and a number. So a call with a uid from before a folder was
// made anew finds a vanished mail, and not another mail that has the same number now.

/** What of a folder makes uids. */
export interface UidSpace {
  readonly uidValidity: number;
}

export function formatUid({ uidValidity }: UidSpace, number: number): string {
  return `${uidValidity.toString(16)}.${number}`;
}

/** The numbers of those uids that belong to this folder as it is, each once. */
export function uidNumbers({ uidValidity }: UidSpace, uids: readonly string[]): readonly number[] {
  const prefix = `${uidValidity.toString(16)}.`;
  const numbers = new Set<number>();
  for (const uid of uids) {
    const digits = uid.startsWith(prefix) ? uid.slice(prefix.length) : '';
    if (/^[1-9]\d{0,14}$/.test(digits)) numbers.add(Number(digits));
  }
  return [...numbers];
}
