// The one door of @packetboat/mail.
export * from './digest.ts';
export * from './errors.ts';
export type * from './port.ts';
