// What strangers may use of this server by HTTP, each bound with its reason.

export const httpLimits = {
  /** Largest body taken, bytes: four times what we announce as MaxMsgSize, for peers that measure generously. */
  bodyBytes: 262_144,
  /** Bytes of bodies in memory at once, those that are arriving and those that are being answered: 256 of the largest, 1,000 of the usual. */
  heldBytes: 67_108_864,
  /** Longest time a body may take to arrive, ms: a message of 64 kB at 2,400 bit/s needs 220 s. */
  bodyTime: 300_000,
  /** Longest time from the first byte of a request to the end of its header, ms: 600 bytes at 2,400 bit/s need 2 s; a header that trickles is no device's. */
  headerTime: 30_000,
  /** How often the two above are looked at, ms. */
  checkTime: 5_000,
  /** Bytes of a request's header: a device sends some 300. */
  headerBytes: 16_384,
  /** Silence after which a connection that is kept ends, ms: a person who looks at one mail after the other. */
  keepAliveTime: 120_000,
  /** Silence after which any connection ends, ms, a device that does not fetch its answer included: as long as a body may take. */
  silence: 300_000,
  /** Connections in all. Each costs some 20 kB and a file descriptor, of which a process commonly has 4,096 or more. */
  connections: 2_000,
  /** Connections from one address: an office or a mobile network's gateway may have many devices behind one. */
  connectionsPerAddress: 200,
  /** Messages answered at once. More only wait for the database and the mail servers, with their bodies and their replies in memory. */
  running: 128,
  /** Messages of one address answered at once: one address cannot take all places. */
  runningPerAddress: 32,
  /** How long a server that is closing waits for the messages that it is answering, ms; what is left over its device will repeat. */
  closeTime: 10_000,
  /** What a device that finds no place is told to wait, s. */
  retryAfter: 3,
} as const;

export type HttpLimits = { readonly [Name in keyof typeof httpLimits]: number };
