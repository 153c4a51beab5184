// The statements of the client's store, prepared once per open file.
import type { Database, Statement } from 'better-sqlite3';

const mailsShown = `kind = 'mail' AND shown = 1 AND (:read IS NULL OR (shown_flags & 1) = :read)`;
const newestFirst = 'ORDER BY received DESC, luid LIMIT :limit OFFSET :offset';

const texts = {
  item: 'SELECT * FROM item WHERE luid = ?',
  // An upsert, not a replacement: that would take content and changes with it.
  putItem: `INSERT INTO item VALUES (:luid, :kind, :parent, :flags, :name, :role, :shape, :size, :received, :sendError, :known, :shown,
      :shownParent, :shownFlags)
    ON CONFLICT (luid) DO UPDATE SET kind = :kind, parent = :parent, flags = :flags, name = :name, role = :role, shape = :shape,
      size = :size, received = :received, send_error = :sendError, known = :known, shown = :shown, shown_parent = :shownParent,
      shown_flags = :shownFlags`,
  deleteItem: 'DELETE FROM item WHERE luid = ?',
  renameItem: 'UPDATE item SET luid = ? WHERE luid = ?',
  renameContent: 'UPDATE content SET luid = ? WHERE luid = ?',
  renameChanges: 'UPDATE change SET luid = ? WHERE luid = ?',
  renameParent: 'UPDATE item SET parent = ? WHERE parent = ?',
  renameShownParent: 'UPDATE item SET shown_parent = ? WHERE shown_parent = ?',
  renameChangeParent: 'UPDATE change SET parent = ? WHERE parent = ?',
  deleteKnown: 'DELETE FROM item WHERE known = 1',
  knownItems: 'SELECT * FROM item WHERE known = 1 AND luid > :after ORDER BY luid LIMIT :limit',
  shownMails: `SELECT * FROM item WHERE ${mailsShown} ${newestFirst}` as string,
  shownMailsOf: `SELECT * FROM item WHERE shown_parent = :folder AND ${mailsShown} ${newestFirst}` as string,
  shownFolders: `SELECT * FROM item WHERE kind = 'folder' AND shown = 1`,
  folderCounts: `SELECT shown_parent AS folder, count(*) AS mails, sum((shown_flags & 1) = 0) AS unread FROM item
    WHERE kind = 'mail' AND shown = 1 GROUP BY shown_parent`,
  header: 'SELECT header FROM content WHERE luid = ?',
  content: 'SELECT header, body FROM content WHERE luid = ?',
  putContent: `INSERT INTO content VALUES (?, ?, ?) ON CONFLICT (luid) DO UPDATE SET header = excluded.header, body = excluded.body`,
  changesOf: 'SELECT * FROM change WHERE luid = ? ORDER BY number',
  change: 'SELECT * FROM change WHERE number = ?',
  changesBetween: 'SELECT * FROM change WHERE number > ? AND number <= ? ORDER BY number LIMIT ?',
  putChange: `INSERT INTO change VALUES (:number, :luid, :op, :named, :set, :parent)
    ON CONFLICT (number) DO UPDATE SET op = :op, named = :named, "set" = :set, parent = :parent`,
  deleteChange: 'DELETE FROM change WHERE number = ?',
  value: 'SELECT value FROM value WHERE key = ?',
  setValue: 'INSERT INTO value VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  anchors: 'SELECT own, server, inflight FROM anchor WHERE datastore = ?',
  putAnchors: `INSERT INTO anchor VALUES (?, ?, ?, ?)
    ON CONFLICT (datastore) DO UPDATE SET own = excluded.own, server = excluded.server, inflight = excluded.inflight`,
  highestInflight: 'SELECT coalesce(max(inflight), 0) AS highest FROM anchor',
  mapsOf: 'SELECT guid, luid FROM map WHERE guid IN (SELECT value FROM json_each(?))',
  unsentMaps: 'SELECT guid, luid FROM map WHERE sent = 0 LIMIT ?',
  putMap: 'INSERT INTO map VALUES (?, ?, 0) ON CONFLICT (guid) DO UPDATE SET luid = excluded.luid, sent = 0',
  setMapSent: 'UPDATE map SET sent = 1 WHERE guid = ?',
  forgetMaps: 'DELETE FROM map WHERE sent = 1',
  deleteMapOfLuid: 'DELETE FROM map WHERE luid = ?',
  deleteMap: 'DELETE FROM map',
  pieces: 'SELECT bytes FROM piece WHERE object = ? ORDER BY number',
  addPiece: 'INSERT INTO piece (object, bytes) VALUES (?, ?)',
  dropAllPieces: 'DELETE FROM piece',
  dropPieces: 'DELETE FROM piece WHERE object = ?',
  stats: `SELECT
      (SELECT count(*) FROM item WHERE kind = 'folder' AND shown = 1) AS folders,
      count(*) AS mails,
      coalesce(sum((shown_flags & 1) = 0), 0) AS unread,
      coalesce(sum(shape = 'full'), 0) AS whole,
      (SELECT count(*) FROM change) AS unsentChanges,
      coalesce(sum(send_error IS NOT NULL), 0) AS refused,
      (SELECT coalesce(sum(length(header) + length(body)), 0) FROM content) AS contentBytes
    FROM item WHERE kind = 'mail' AND shown = 1`,
} as const;

type Texts = typeof texts;

export type Statements = { readonly [Name in keyof Texts]: Statement };

export function prepare(db: Database): Statements {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, db.prepare(text)])) as Statements;
}
