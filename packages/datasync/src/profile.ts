// Names of what is ours on the wire. All of it is announced in DevInf Ext and used only when both sides announce `profile`.

/** DevInf Ext names. */
export const profileExt = {
  /** XVal: nothing. Both sides announce it: anchors acknowledge, GUID is LUID, flags travel in batches. */
  profile: 'x-packetboat-1',
  /** XVal `all` or `needed`: whether transport headers are wanted with mails. */
  headers: 'x-packetboat-headers',
  /** XVal `headers` or `full`: how much of each mail is wanted when no Filter says it. */
  mails: 'x-packetboat-mails',
} as const;

/** Ext of an email object in the Outbox: the mail server's words when sending was refused. */
export const sendErrorExt = 'x-packetboat-send-error';

/**
 * Ext of an email object in a slow sync that only describes a mail: the header fields it is known again by, its size in
 * `x-funambol-size`. XVal: what the device has of it, `headers` or `full`. With `full` it can be asked for by 404.
 */
export const describedExt = 'x-packetboat-described';

/** The database that an anchor of a profile server is of. GUIDs of another one say nothing here. */
export function databaseOfAnchor(anchor: string): string {
  return anchor.slice(0, Math.max(0, anchor.indexOf('.')));
}

/** LUIDs made on the device begin with it in profile sessions, so that none is taken for a GUID. */
export const deviceLuidPrefix = '~';
