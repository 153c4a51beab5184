// Status codes: DS Representation Protocol 1.2, "Response Status Codes", and the class rule by which a sender judges them.

/** Status codes by name. The value stands in a Status's Data as decimal text. */
export const StatusCode: {
  readonly InProgress: 101;
  readonly Ok: 200;
  readonly ItemAdded: 201;
  readonly Accepted: 202;
  readonly NonAuthoritative: 203;
  readonly NoContent: 204;
  readonly ResetContent: 205;
  readonly PartialContent: 206;
  readonly ConflictMerged: 207;
  readonly ConflictClientWins: 208;
  readonly ConflictDuplicated: 209;
  readonly DeletedWithoutArchive: 210;
  readonly ItemNotDeleted: 211;
  readonly AuthenticationAccepted: 212;
  readonly ChunkAccepted: 213;
  readonly OperationCancelled: 214;
  readonly NotExecuted: 215;
  readonly AtomicRollBackOk: 216;
  readonly NoEndOfData: 223;
  readonly MultipleChoices: 300;
  readonly MovedPermanently: 301;
  readonly Found: 302;
  readonly SeeOther: 303;
  readonly NotModified: 304;
  readonly UseProxy: 305;
  readonly BadRequest: 400;
  readonly InvalidCredentials: 401;
  readonly PaymentRequired: 402;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly CommandNotAllowed: 405;
  readonly FeatureNotSupported: 406;
  readonly MissingCredentials: 407;
  readonly RequestTimeout: 408;
  readonly Conflict: 409;
  readonly Gone: 410;
  readonly SizeRequired: 411;
  readonly IncompleteCommand: 412;
  readonly EntityTooLarge: 413;
  readonly UriTooLong: 414;
  readonly UnsupportedType: 415;
  readonly SizeTooBig: 416;
  readonly RetryLater: 417;
  readonly AlreadyExists: 418;
  readonly ConflictServerWins: 419;
  readonly DeviceFull: 420;
  readonly UnknownSearchGrammar: 421;
  readonly BadCgiScript: 422;
  readonly SoftDeleteConflict: 423;
  readonly SizeMismatch: 424;
  readonly PermissionDenied: 425;
  readonly PartialItemNotAccepted: 426;
  readonly ItemNotEmpty: 427;
  readonly MoveFailed: 428;
  readonly CommandFailed: 500;
  readonly NotImplemented: 501;
  readonly BadGateway: 502;
  readonly ServiceUnavailable: 503;
  readonly GatewayTimeout: 504;
  readonly DtdVersionNotSupported: 505;
  readonly ProcessingError: 506;
  readonly AtomicFailed: 507;
  readonly RefreshRequired: 508;
  readonly CannotResume: 509;
  readonly DataStoreFailure: 510;
  readonly ServerFailure: 511;
  readonly SynchronizationFailed: 512;
  readonly ProtocolVersionNotSupported: 513;
  readonly CancelledBySuspend: 514;
  readonly AtomicRollBackFailed: 516;
  readonly AtomicResponseTooLarge: 517;
} = Object.freeze({
  InProgress: 101,
  Ok: 200,
  ItemAdded: 201,
  Accepted: 202,
  NonAuthoritative: 203,
  NoContent: 204,
  ResetContent: 205,
  PartialContent: 206,
  ConflictMerged: 207,
  ConflictClientWins: 208,
  ConflictDuplicated: 209,
  DeletedWithoutArchive: 210,
  ItemNotDeleted: 211,
  AuthenticationAccepted: 212,
  ChunkAccepted: 213,
  OperationCancelled: 214,
  NotExecuted: 215,
  AtomicRollBackOk: 216,
  NoEndOfData: 223,
  MultipleChoices: 300,
  MovedPermanently: 301,
  Found: 302,
  SeeOther: 303,
  NotModified: 304,
  UseProxy: 305,
  BadRequest: 400,
  InvalidCredentials: 401,
  PaymentRequired: 402,
  Forbidden: 403,
  NotFound: 404,
  CommandNotAllowed: 405,
  FeatureNotSupported: 406,
  MissingCredentials: 407,
  RequestTimeout: 408,
  Conflict: 409,
  Gone: 410,
  SizeRequired: 411,
  IncompleteCommand: 412,
  EntityTooLarge: 413,
  UriTooLong: 414,
  UnsupportedType: 415,
  SizeTooBig: 416,
  RetryLater: 417,
  AlreadyExists: 418,
  ConflictServerWins: 419,
  DeviceFull: 420,
  UnknownSearchGrammar: 421,
  BadCgiScript: 422,
  SoftDeleteConflict: 423,
  SizeMismatch: 424,
  PermissionDenied: 425,
  PartialItemNotAccepted: 426,
  ItemNotEmpty: 427,
  MoveFailed: 428,
  CommandFailed: 500,
  NotImplemented: 501,
  BadGateway: 502,
  ServiceUnavailable: 503,
  GatewayTimeout: 504,
  DtdVersionNotSupported: 505,
  ProcessingError: 506,
  AtomicFailed: 507,
  RefreshRequired: 508,
  CannotResume: 509,
  DataStoreFailure: 510,
  ServerFailure: 511,
  SynchronizationFailed: 512,
  ProtocolVersionNotSupported: 513,
  CancelledBySuspend: 514,
  AtomicRollBackFailed: 516,
  AtomicResponseTooLarge: 517,
});
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

const known = new Set<number>(Object.values(StatusCode));

/** What a status code on an item means for its sender. */
export type StatusClass =
  /** Done, or as good as done. */
  | 'success'
  /** Not done; send the item again in the next session. */
  | 'retry'
  /** Not done, and sending it again is no use, or only when the device says so; go on with the next item. */
  | 'handled'
  /** This datastore has failed; others go on. */
  | 'failed';

const retryable: ReadonlySet<number> = new Set([
  StatusCode.NotFound,
  StatusCode.RequestTimeout,
  StatusCode.UnsupportedType,
  StatusCode.RetryLater,
  StatusCode.SizeMismatch,
  StatusCode.CommandFailed,
  StatusCode.ProcessingError,
  StatusCode.DataStoreFailure,
]);

const handled: ReadonlySet<number> = new Set([StatusCode.Gone, StatusCode.DeviceFull]);

/** The code in a Status's Data text; undefined where the text is no number of three digits. Unknown numbers are kept. */
export function statusCode(data: string): number | undefined {
  const text = data.trim();
  return /^\d{3}$/.test(text) ? Number(text) : undefined;
}

/** Whether the number is a code of the table. */
export function isStatusCode(code: number): code is StatusCode {
  return known.has(code);
}

/** 200 to 299: done. 211 (was gone already) and 213 (chunk buffered) are among them; 418 is not, only a resumed or slow sync may take it so. */
export function isSuccess(code: number): boolean {
  return code >= 200 && code < 300;
}

/** 404, 408, 415, 417, 424, 500, 506, 510 on an item: send the item again in the next session. */
export function isRetryable(code: number): boolean {
  return retryable.has(code);
}

/** 410 and 420 on an item: dealt with, go on. After 420 nothing more may be sent in this session. */
export function isHandled(code: number): boolean {
  return handled.has(code);
}

/** The class rule for a Status on an item. A code that is in no class has failed its datastore. */
export function statusClass(code: number): StatusClass {
  if (isSuccess(code)) return 'success';
  if (isRetryable(code)) return 'retry';
  return isHandled(code) ? 'handled' : 'failed';
}

/** 401 and 407: the peer asks for credentials. */
export function isAuthenticationRequired(code: number): boolean {
  return code === StatusCode.InvalidCredentials || code === StatusCode.MissingCredentials;
}
