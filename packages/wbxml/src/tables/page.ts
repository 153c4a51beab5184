// The shape of a code page, and the two directions of looking something up in it (WBXML 1.3 §5.8).
import type { Space } from '../element.ts';

/** Attributes as the specifications tabulate them. A start token stands for a name and the beginning of its value. */
export interface AttributeTable {
  readonly starts: Readonly<Record<number, readonly [name: string, prefix: string]>>;
  readonly values: Readonly<Record<number, string>>;
  /** Attributes whose value is a date, carried as OPAQUE digits. */
  readonly dates: readonly string[];
}

/** One tag code page. */
export interface CodePage {
  readonly space: Space;
  /** Name by token, 05–3F. */
  readonly names: readonly (string | undefined)[];
  /** Token by name. */
  readonly tokens: ReadonlyMap<string, number>;
}

/** One attribute code page, ready for both directions. */
export interface AttributePage {
  readonly starts: ReadonlyMap<number, readonly [name: string, prefix: string]>;
  /** By attribute name, the start tokens with the longest prefix first. */
  readonly startsOf: ReadonlyMap<string, readonly { readonly token: number; readonly prefix: string }[]>;
  readonly values: ReadonlyMap<number, string>;
  /** Token by value. */
  readonly valueTokens: ReadonlyMap<string, number>;
  /** Splits a text at its values and keeps them. */
  readonly valuePattern: RegExp;
  readonly dates: ReadonlySet<string>;
}

/** A code page from a table of names. `aliases` are further names that are written with an existing token. */
export function codePage(space: Space, tags: Readonly<Record<number, string>>, aliases: Readonly<Record<string, number>> = {}): CodePage {
  const names: (string | undefined)[] = Array.from({ length: 0x40 });
  const tokens = new Map<string, number>(Object.entries(aliases));
  for (const [key, name] of Object.entries(tags)) {
    names[Number(key)] = name;
    tokens.set(name, Number(key));
  }
  return { space, names, tokens };
}

/** An attribute page from a table. */
export function attributePage(table: AttributeTable): AttributePage {
  const starts = new Map<number, readonly [string, string]>();
  const startsOf = new Map<string, { token: number; prefix: string }[]>();
  for (const [key, start] of Object.entries(table.starts)) {
    const [name, prefix] = start;
    starts.set(Number(key), start);
    const list = startsOf.get(name) ?? [];
    list.push({ token: Number(key), prefix });
    startsOf.set(name, list);
  }
  for (const list of startsOf.values()) list.sort((a, b) => b.prefix.length - a.prefix.length);
  const values = Object.entries(table.values).map(([key, value]): [number, string] => [Number(key), value]);
  return {
    starts,
    startsOf,
    values: new Map(values),
    valueTokens: new Map(values.map(([token, value]) => [value, token])),
    valuePattern: new RegExp(`(${values.map(([, value]) => value.replaceAll('.', String.raw`\.`)).join('|')})`),
    dates: new Set(table.dates),
  };
}
