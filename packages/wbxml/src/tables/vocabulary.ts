// Every document that is known: its public identifiers and its code pages (WINA public identifiers; SyncML
// Representation, Meta-Information and Device Information DTDs).
import type { DocumentType } from '../element.ts';
import { devinfTags, devinfTagsBefore12 } from './devinf.ts';
import { emnAttributes, emnTags } from './emn.ts';
import { metinfTags } from './metinf.ts';
import { attributePage, codePage } from './page.ts';
import type { AttributePage, CodePage } from './page.ts';
import { siAttributes, siTags } from './si.ts';
import { slAttributes, slTags } from './sl.ts';
import { syncmlTags } from './syncml.ts';

/** The documents that have a WBXML form. */
export type TokenizedType = Exclude<DocumentType, 'XML'>;

/** What the two WBXML directions need to know about a document. */
export interface Vocabulary {
  readonly type: TokenizedType;
  /** Numeric public identifier. */
  readonly publicId: number;
  /** XML formal public identifier. */
  readonly fpi: string;
  /** Tag code pages by number. */
  readonly pages: readonly CodePage[];
  /** Attribute code page 0; undefined where the vocabulary has no attributes. */
  readonly attributes: AttributePage | undefined;
}

export const syncmlPage: CodePage = codePage('syncml', syncmlTags);
export const metinfPage: CodePage = codePage('metinf', metinfTags);
// Token 1C is written for either name, so that a caller need not know in which version the name changed.
export const devinfPage: CodePage = codePage('devinf', devinfTags, { Size: 0x1c });
const devinfPageBefore12 = codePage('devinf', devinfTagsBefore12, { MaxSize: 0x1c });

const syncmlPages = [syncmlPage, metinfPage, devinfPage];
const syncmlPagesBefore12 = [syncmlPage, metinfPage, devinfPageBefore12];

function syncml(type: TokenizedType, publicId: number, pages: readonly CodePage[]): Vocabulary {
  return { type, publicId, fpi: `-//SYNCML//DTD ${type}//EN`, pages, attributes: undefined };
}

const list: readonly Vocabulary[] = [
  syncml('SyncML 1.0', 0x0fd1, syncmlPagesBefore12),
  syncml('DevInf 1.0', 0x0fd2, [devinfPageBefore12]),
  syncml('SyncML 1.1', 0x0fd3, syncmlPagesBefore12),
  syncml('DevInf 1.1', 0x0fd4, [devinfPageBefore12]),
  syncml('SyncML 1.2', 0x1201, syncmlPages),
  syncml('DevInf 1.2', 0x1203, [devinfPage]),
  {
    type: 'SI 1.0',
    publicId: 0x05,
    fpi: '-//WAPFORUM//DTD SI 1.0//EN',
    pages: [codePage('si', siTags)],
    attributes: attributePage(siAttributes),
  },
  {
    type: 'SL 1.0',
    publicId: 0x06,
    fpi: '-//WAPFORUM//DTD SL 1.0//EN',
    pages: [codePage('sl', slTags)],
    attributes: attributePage(slAttributes),
  },
  {
    type: 'EMN 1.0',
    publicId: 0x0d,
    fpi: '-//WAPFORUM//DTD EMN 1.0//EN',
    pages: [codePage('emn', emnTags)],
    attributes: attributePage(emnAttributes),
  },
];

const byType: ReadonlyMap<string, Vocabulary> = new Map(list.map((entry) => [entry.type, entry]));
const byPublicId: ReadonlyMap<number, Vocabulary> = new Map(list.map((entry) => [entry.publicId, entry]));
const byFpi: ReadonlyMap<string, Vocabulary> = new Map(list.map((entry) => [entry.fpi.toLowerCase(), entry]));

/** The vocabulary of a document type; undefined for `XML`. */
export function vocabularyOf(type: DocumentType): Vocabulary | undefined {
  return byType.get(type);
}

/** The vocabulary with a numeric public identifier. */
export function vocabularyByPublicId(publicId: number): Vocabulary | undefined {
  return byPublicId.get(publicId);
}

/** The vocabulary with an XML formal public identifier, compared without case. */
export function vocabularyByFpi(fpi: string): Vocabulary | undefined {
  return byFpi.get(fpi.toLowerCase());
}
