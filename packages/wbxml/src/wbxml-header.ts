// What stands before the body: version, public identifier, character set, string table (WBXML 1.3 §5.4–5.7).
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { Budget } from './limits.ts';
import { StringTable } from './string-table.ts';
import type { StringTableWriter } from './string-table.ts';
import { vocabularyByFpi, vocabularyByPublicId } from './tables/vocabulary.ts';
import type { Vocabulary } from './tables/vocabulary.ts';
import { charsetUtf8 } from './tokens.ts';

/** WBXML versions that are read and written. They differ in nothing that these documents use. */
export type WbxmlVersion = '1.1' | '1.2' | '1.3';

/** Public identifier 0: a string-table offset follows. */
const textualPublicId = 0;
/** Public identifier 1: "unknown or missing". Some Funambol servers send it for SyncML. */
const unknownPublicId = 1;

// 0 is "unknown" and 3 is US-ASCII; both are UTF-8 in practice, and text that is not will be refused.
const charsets = new Set([charsetUtf8, 0, 3]);

export interface Header {
  readonly version: WbxmlVersion;
  /** Undefined if the document does not say what it is. */
  readonly vocabulary: Vocabulary | undefined;
  readonly table: StringTable;
}

export function readHeader(reader: ByteReader, budget: Budget): Header {
  const version = readVersion(reader);
  const publicIdAt = reader.position;
  const publicId = reader.multiByte();
  const publicIdOffset = publicId === textualPublicId ? reader.multiByte() : 0;
  const charsetAt = reader.position;
  const charset = reader.multiByte();
  if (!charsets.has(charset)) reader.fail('ERR_WBXML_CHARSET', `character set ${charset} is not UTF-8`, charsetAt);
  const table = new StringTable(reader.take(reader.multiByte()));
  const vocabulary =
    publicId === textualPublicId ? vocabularyByFpi(table.text(publicIdOffset, reader, budget, publicIdAt)) : vocabularyByPublicId(publicId);
  if (vocabulary === undefined && publicId !== unknownPublicId) {
    reader.fail('ERR_WBXML_UNSUPPORTED', 'unknown public identifier', publicIdAt);
  }
  return { version, vocabulary, table };
}

function readVersion(reader: ByteReader): WbxmlVersion {
  const version = reader.byte();
  if (version === 1) return '1.1';
  if (version === 2) return '1.2';
  if (version === 3) return '1.3';
  return reader.fail('ERR_WBXML_UNSUPPORTED', `WBXML version byte ${version}`, 0);
}

const versionBytes = { '1.1': 1, '1.2': 2, '1.3': 3 } as const;

/** Writes the header. With `publicId` undefined the string table begins with the textual public identifier. */
export function writeHeader(writer: ByteWriter, version: WbxmlVersion, publicId: number | undefined, table: StringTableWriter): void {
  writer.byte(versionBytes[version]);
  writer.multiByte(publicId ?? textualPublicId);
  if (publicId === undefined) writer.multiByte(0);
  writer.multiByte(charsetUtf8);
  const strings = table.bytes();
  writer.multiByte(strings.length);
  writer.bytes(strings);
}
