// The one door of @packetboat/mail.
export * from './digest.ts';
export * from './errors.ts';
export type * from './port.ts';
export type { ImapOptions, ImapTimeouts } from './imap/options.ts';
export { createImapMailServer } from './imap/server.ts';
export type { LinkSecurity, MailLogEntry } from './link-security.ts';
export { createSmtpSubmission, type SmtpOptions, type SmtpTimeouts } from './smtp/submission.ts';
export type { DeliveryResult } from './integrated/delivery.ts';
export { type Inbound, type InboundAddress, type InboundOptions, startInbound } from './integrated/inbound.ts';
export type { PasswordCheck } from './integrated/inbound-session.ts';
export type { IntegratedLimits } from './integrated/limits.ts';
export type { Person, Route } from './integrated/persons.ts';
export { type IntegratedStore, type IntegratedStoreOptions, openIntegratedStore } from './integrated/store.ts';
export type { IntegratedLog } from './integrated/store-core.ts';
