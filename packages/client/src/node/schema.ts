// Tables of the client's store. One file is one device: one account, one datastore, one map at the server.

/** In the file's header, so that no other program's file is taken for ours: "PBcl". */
export const applicationId = 0x50_42_63_6c;

/** Steps from an empty file to the newest shape; a file's `user_version` says how many it has taken. Never changed, only added to. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE item (
    luid TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('mail', 'folder')),
    parent TEXT,
    flags INTEGER NOT NULL,
    name TEXT,
    role TEXT,
    shape TEXT NOT NULL CHECK (shape IN ('none', 'headers', 'full')),
    size INTEGER NOT NULL,
    received INTEGER NOT NULL,
    send_error TEXT,
    known INTEGER NOT NULL CHECK (known IN (0, 1)),
    -- What is shown: the base with the unsent changes over it, kept so that lists need not compute it.
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    shown_parent TEXT,
    shown_flags INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX item_list ON item (shown_parent, received DESC, luid) WHERE kind = 'mail' AND shown = 1;
  CREATE INDEX item_newest ON item (received DESC, luid) WHERE kind = 'mail' AND shown = 1;
  -- Split at the empty line: lists read headers alone.
  CREATE TABLE content (
    luid TEXT PRIMARY KEY REFERENCES item ON DELETE CASCADE,
    header BLOB NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    luid TEXT NOT NULL REFERENCES item ON DELETE CASCADE,
    op TEXT NOT NULL CHECK (op IN ('add', 'flags', 'move', 'delete', 'folder')),
    named INTEGER NOT NULL,
    "set" INTEGER NOT NULL,
    parent TEXT
  ) STRICT;
  CREATE INDEX change_luid ON change (luid, number);
  CREATE TABLE value (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
  CREATE TABLE anchor (datastore TEXT PRIMARY KEY, own TEXT, server TEXT, inflight INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE map (guid TEXT PRIMARY KEY, luid TEXT NOT NULL, sent INTEGER NOT NULL CHECK (sent IN (0, 1))) STRICT, WITHOUT ROWID;
  CREATE INDEX map_luid ON map (luid);
  CREATE INDEX map_unsent ON map (guid) WHERE sent = 0;
  -- Pieces of an object that is still coming.
  CREATE TABLE piece (number INTEGER PRIMARY KEY, object TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE INDEX piece_object ON piece (object, number);
  `,
];
