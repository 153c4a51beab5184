// The one door of @packetboat/client: what runs in a browser too.
export { Flag, flagBits, type FlagName, type FlagSet, type SyncProgress, type SyncReport, type SyncRequest } from '@packetboat/datasync';
export {
  composeMail,
  formatAddress,
  formatDate,
  htmlToText,
  MessageError,
  type Address,
  type DraftAttachment,
  type MailAttachment,
  type MailDraft,
  type MailSummary,
  type ReadableMail,
} from '@packetboat/message';
export {
  createClient,
  type Client,
  type ClientInfo,
  type ListedMail,
  type OpenMail,
  type ReplyDraft,
  type SendOptions,
  type SentMail,
  type SyncOptions,
} from './client.ts';
export type { Draft } from './draft.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export { clientLimits } from './limits.ts';
export type { ClientOptions } from './options.ts';
export { checkSettings, type ClientSettings } from './settings.ts';
export { createMemoryClientStore } from './store/memory.ts';
export type { ClientStore, FolderView, MailQuery, MailView, StoreNeeds, StoreStats } from './store/port.ts';
export type { SyncOutcome } from './sync.ts';
export type { Traffic, Transport, TransportAnswer, TransportRequest } from './transport.ts';
