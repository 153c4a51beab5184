// What went wrong at an IMAP server or on the way to it, as the port's error (response codes: RFC 5530, 7889, 9051 §7.1).
import { MailError, type MailErrorCode, type MailErrorScope } from '../errors.ts';
import { SERVER_TEXT_CHARS } from './limits.ts';

/** The properties of an ImapFlow or system error that are read here. */
interface Fault {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly responseStatus?: unknown;
  readonly serverResponseCode?: unknown;
  readonly responseText?: unknown;
  readonly response?: unknown;
  readonly authenticationFailed?: unknown;
}

interface Verdict {
  readonly code: MailErrorCode;
  readonly scope?: MailErrorScope;
  readonly retryable: boolean;
}

const BY_RESPONSE_CODE: Readonly<Record<string, Verdict>> = {
  OVERQUOTA: { code: 'ERR_MAIL_QUOTA', retryable: false },
  TOOBIG: { code: 'ERR_MAIL_LIMIT', scope: 'message', retryable: false },
  APPENDLIMIT: { code: 'ERR_MAIL_LIMIT', scope: 'message', retryable: false },
  LIMIT: { code: 'ERR_MAIL_REFUSED', retryable: true },
  INUSE: { code: 'ERR_MAIL_REFUSED', retryable: true },
  UNAVAILABLE: { code: 'ERR_MAIL_REFUSED', scope: 'account', retryable: true },
  SERVERBUG: { code: 'ERR_MAIL_REFUSED', retryable: true },
};

/** Refusals of a log-in that say nothing about the password. */
const LOGIN_LATER: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG']);

/** Any error of a command or a connection as a MailError. `scope` is what a refusal by the server touches. */
export function toMailError(error: unknown, scope: MailErrorScope = 'folder'): MailError {
  if (error instanceof MailError) return error;
  const fault: Fault = typeof error === 'object' && error !== null ? error : {};
  if (fault.authenticationFailed === true) return loginFault(fault);
  if (fault.serverResponseCode === 'APPENDLIMIT' || fault.responseStatus === 'NO' || fault.responseStatus === 'BAD') {
    return refusal(fault, scope);
  }
  return linkFault(fault, error);
}

function loginFault(fault: Fault): MailError {
  const text = words(fault);
  // Exchange Online says this when it throttles or its back end is away; the password was right.
  const later = LOGIN_LATER.has(fault.serverResponseCode) || /authenticated but not connected/i.test(text);
  if (later) {
    return new MailError('ERR_MAIL_CONNECTION', `the mail server cannot log us in now${text}`, { scope: 'account', retryable: true });
  }
  return new MailError('ERR_MAIL_AUTH', `the mail server refused the log-in${text}`, { scope: 'account', retryable: false });
}

function refusal(fault: Fault, scope: MailErrorScope): MailError {
  if (fault.code === 'ETHROTTLE') {
    return new MailError('ERR_MAIL_REFUSED', 'the mail server asks to slow down', { scope: 'account', retryable: true });
  }
  const known = typeof fault.serverResponseCode === 'string' ? BY_RESPONSE_CODE[fault.serverResponseCode] : undefined;
  const bad = fault.responseStatus === 'BAD';
  const verdict = known ?? { code: bad ? 'ERR_MAIL_PROTOCOL' : 'ERR_MAIL_REFUSED', retryable: false };
  const what = bad ? 'the mail server did not understand a command' : 'the mail server refused a command';
  return new MailError(verdict.code, `${what}${words(fault)}`, { scope: verdict.scope ?? scope, retryable: verdict.retryable });
}

/** Codes of answers that could not be read; the same answer would come again. */
const UNREADABLE = /^(ParserError|Line|Literal|Response|TooMany|MAX_IMAP|InvalidResponse|UnexpectedTag|MissingTag)/;

function linkFault(fault: Fault, cause: unknown): MailError {
  const code = typeof fault.code === 'string' ? fault.code : '';
  if (UNREADABLE.test(code)) {
    return new MailError('ERR_MAIL_PROTOCOL', `the mail server's answer cannot be read (${code})`, { scope: 'account', retryable: false });
  }
  // A certificate does not become valid by trying again soon.
  const certificate = /CERT|ERR_TLS|ERR_SSL|STARTTLS|MissingServerExtension/.test(code);
  const named = code === '' ? '' : ` (${code})`;
  return new MailError('ERR_MAIL_CONNECTION', `no connection to the mail server${named}`, {
    scope: 'account',
    retryable: !certificate,
    cause,
  });
}

/** The server's own words, cut and without control characters. */
function words(fault: Fault): string {
  const text = [fault.responseText, fault.response].find((each) => typeof each === 'string' && each !== '');
  if (typeof text !== 'string') return '';
  return `: ${text.replace(/\p{Cc}+/gu, ' ').slice(0, SERVER_TEXT_CHARS)}`;
}
