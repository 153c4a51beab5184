// The one door of @packetboat/syncml.
export type * from './types.ts';
