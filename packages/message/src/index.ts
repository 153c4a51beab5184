// The one door of @packetboat/message: RFC 5322 and MIME work on bytes, without I/O, clock or randomness.
export { formatAddress, isAddress, parseAddresses, type Address } from './address.ts';
export { composeMail } from './compose.ts';
export { formatDate, parseDate } from './date.ts';
export type { DraftAttachment, MailDraft } from './draft.ts';
export { MessageError, type MessageErrorCode } from './errors.ts';
export { decodeText } from './encoded-word.ts';
export { headerFields, splitHeader, type HeaderField } from './header.ts';
export { headerSet } from './header-set.ts';
export { htmlToText } from './html-to-text.ts';
export { contentKey, headerDigest, identityFields } from './key.ts';
export { limits } from './limits.ts';
export { sanitiseOutgoing, type OutgoingMail, type OutgoingRules, type RefusedMail } from './outgoing.ts';
export { readMail, type MailAttachment, type ReadableMail } from './read.ts';
export { quoteText, replySubject, replyTo, type ReplyOptions } from './reply.ts';
export { allParts, findPart, mailStructure, partContent, partText, type MailPart } from './structure.ts';
export { summarise, type MailSummary } from './summary.ts';
