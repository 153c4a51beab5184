// The one door of @packetboat/datasync.
export * from './flags.ts';
export * from './step.ts';
export type * from './server/port.ts';
export type * from './client/port.ts';
export type { MailFilter } from './filter/mail-filter.ts';
export { SessionError, type SessionErrorCode } from './errors.ts';
export { limits as sessionLimits } from './limits.ts';
export { profileExt, sendErrorExt, deviceLuidPrefix } from './profile.ts';
export { datastoreKey, datastorePath } from './loc-uri.ts';
export { userSecret } from './security/digest.ts';
export { readClaim, type AuthType, type Claim } from './security/credential.ts';
export type { ServerIdentity } from './capability/server-devinf.ts';
export { serverStep, type ServerMessage, type ServerReply } from './server/step.ts';
export { hasOpened } from './server/state.ts';
export type { ServerEnv } from './server/turn.ts';
export type { ClientEnv } from './client/env.ts';
export { clientSync } from './client/sync.ts';
