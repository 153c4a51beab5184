// How much of a mail is read. What lies beyond a limit is left as bytes or cut, never an error: one odd mail must not stop a folder.

export const limits = {
  /** Header fields read one by one; the rest is kept together as one field without a name. Real mails have under 200, and each costs objects. */
  fields: 5_000,
  /** Bytes of one field that are decoded. A mailing to 3,000 people has a To of this size; more is an attempt to tie up the parser. */
  fieldBytes: 131_072,
  /** Multiparts and messages inside each other. Mail servers stop at 20 to 100; real mail stays under 10. Each level scans the bytes again. */
  depth: 24,
  /** How often the bytes of a mail are searched for boundaries, on average: once a level. Mail nested deeper than that is small, so some bytes are free. */
  scans: 8,
  freeScan: 4_194_304,
  /** Parts of a mail, all levels together. Digests of lists reach some hundreds. */
  parts: 2_000,
  /** Parameters of one Content-Type or Content-Disposition, continuations counted singly. */
  parameters: 200,
  /** Decoded bytes of text (and as many of HTML) that are turned into a string to be shown. Nobody reads more, and a browser tab has to hold it. */
  textBytes: 8_388_608,
  /** Characters of a file name: what common file systems take. */
  fileName: 255,
  /** Message-IDs read from, and written to, one References field: long threads keep the first and the newest. RFC 5322 §3.6.4 asks for all of them, but threads of bots have thousands. */
  references: 100,
  /** Bytes of the header of a mail to be sent: several times what mail servers take. */
  outgoingHeaderBytes: 262_144,
  /** Recipients of one sent mail: mail servers must take 100 (RFC 5321 §4.5.3.1.8), few take more than 500. */
  recipients: 500,
} as const;
