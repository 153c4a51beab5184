// The one door of @packetboat/datasync.
export * from './flags.ts';
export * from './step.ts';
export type * from './server/port.ts';
export type * from './client/port.ts';
