// The one Record expression that asks for a single item by its LUID, in the spellings that clients use.

/**
 * The LUID in `&LUID;&EQ;x`, `&LUID;&iEQ;x` or Funambol's `&LUID&iEQ;x`, percent-decoded; undefined for every other expression.
 */
export function luidOfRecord(record: string): string | undefined {
  const value = /^&LUID;?&i?EQ;([^&|()]+)$/i.exec(record.trim())?.[1];
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
