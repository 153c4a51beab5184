// The one door of @packetboat/syncml.
export { AlertCode, alertCode, alertCodes, isAlertCode, isServerAlert, isSyncAlert, syncTypeOf } from './alert-code.ts';
export type { AlertCodeRow } from './alert-code.ts';
export { base64Length, decodeBase64, encodeBase64, encodeBase64Bytes } from './base64.ts';
export { contentTypeOf, contentTypes, devInfLocUri, devInfType, encodingOf, isDevInfType, mediaType } from './content-types.ts';
export { dataBytes, dataText } from './data.ts';
export { generateDevInf } from './devinf-generate.ts';
export { parseDevInf } from './devinf-parse.ts';
export { emailFrame, emailSize, generateEmail } from './email-generate.ts';
export type { EmailFrame, EmailOptions } from './email-generate.ts';
export { parseEmail } from './email-parse.ts';
export { SyncmlError } from './errors.ts';
export type { SyncmlErrorCode, SyncmlErrorPlace } from './errors.ts';
export { generateFlagBatch, parseFlagBatch } from './flag-batch.ts';
export type { FlagBatchEntry } from './flag-batch.ts';
export { generateFolder, parseFolder } from './folder.ts';
export { decodeMessage, encodeMessage, generateMessage, parseMessage } from './message.ts';
export type { EncodeOptions } from './message.ts';
export { luidName, luidOf, parseRecord, type RecordExpression, type RecordOperator, type RecordTest } from './record.ts';
export { encodedSize, envelopeSize } from './size.ts';
export {
  StatusCode,
  isAuthenticationRequired,
  isHandled,
  isRetryable,
  isStatusCode,
  isSuccess,
  statusClass,
  statusCode,
} from './status-code.ts';
export type { StatusClass } from './status-code.ts';
export { statusCodes } from './status-table.ts';
export type { StatusCodeRow } from './status-table.ts';
export type * from './types.ts';
