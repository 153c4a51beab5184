// The only DOCTYPE that is accepted: a name and an external identifier, which is read but never followed (XML 1.0 §2.8).

const literal = String.raw`(?:"[^"]*"|'[^']*')`;
const external = new RegExp(String.raw`^\s*\S+(?:\s+(?:PUBLIC\s+(${literal})(?:\s+${literal})?|SYSTEM\s+${literal}))?\s*$`);

export interface Doctype {
  /** False if there is an internal subset or anything else beyond an external identifier. */
  readonly allowed: boolean;
  /** Formal public identifier, if there is one. */
  readonly fpi: string | undefined;
}

/** Reads what stands between `<!DOCTYPE` and `>`. */
export function readDoctype(text: string): Doctype {
  const match = external.exec(text);
  return { allowed: match !== null, fpi: match?.[1]?.slice(1, -1) };
}
