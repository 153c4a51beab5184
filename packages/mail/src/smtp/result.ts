// What an SMTP server's answer or a lost link means for a submission (RFC 5321 §4.2, RFC 6409).
import { MailError } from '../errors.ts';
import type { SubmitResult } from '../port.ts';

/** Characters kept of the server's words; the port's own bound. */
const TEXT_CHARS = 400;

/** The properties of a nodemailer error that are read here. */
export interface SmtpFault {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly message?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
  readonly recipient?: unknown;
  readonly rejectedErrors?: unknown;
}

export interface Refusal {
  readonly address: string;
  readonly text: string;
}

export function asFault(error: unknown): SmtpFault {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Printable, one line, at most 400 characters. */
export function cleanText(text: unknown): string {
  return typeof text === 'string'
    ? text
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, TEXT_CHARS)
    : '';
}

/** @throws MailError ERR_MAIL_AUTH when the server said that the log-in is wrong */
export function loginResult(error: unknown): SubmitResult {
  const fault = asFault(error);
  const status = replyCode(fault);
  if (fault.code === 'EAUTH' && (status === undefined || status >= 500)) {
    const words = cleanText(fault.response);
    throw new MailError('ERR_MAIL_AUTH', `the mail server refused the log-in${words === '' ? '' : `: ${words}`}`, {
      scope: 'account',
      retryable: false,
    });
  }
  return linkResult(fault, false);
}

/** @param handedOver whether the whole mail, the final dot included, may have reached the server */
export function sendResult(error: unknown, handedOver: boolean): SubmitResult {
  const fault = asFault(error);
  const rejected = refusals(fault.rejectedErrors);
  const [first] = rejected;
  if (first !== undefined && fault.command === 'RCPT TO') {
    return { outcome: 'refused', permanent: rejected.every((each) => each.permanent), text: first.text };
  }
  const status = replyCode(fault);
  if (status !== undefined) return { outcome: 'refused', permanent: isPermanent(status), text: cleanText(fault.response) };
  // Refused by the library before anything was sent: an address that cannot be written, a mail larger than the server announced.
  if (fault.code === 'EENVELOPE' || fault.code === 'EMESSAGE')
    return { outcome: 'refused', permanent: true, text: cleanText(fault.message) };
  return linkResult(fault, handedOver);
}

/** No answer: after the final dot nobody knows, before it nothing was accepted. */
export function linkResult(fault: SmtpFault, handedOver: boolean): SubmitResult {
  const status = replyCode(fault);
  if (status !== undefined) return { outcome: 'refused', permanent: isPermanent(status), text: cleanText(fault.response) };
  const code = [fault.originalCode, fault.code].find((each) => typeof each === 'string') ?? 'ECONNECTION';
  if (handedOver) return { outcome: 'unknown', text: `the link to the mail server broke before it answered (${code})` };
  return { outcome: 'refused', permanent: false, text: `no connection to the mail server (${code})` };
}

export function refusals(errors: unknown): (Refusal & { readonly permanent: boolean })[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((error: unknown) => {
    const fault = asFault(error);
    const status = replyCode(fault);
    return {
      address: typeof fault.recipient === 'string' ? fault.recipient : '',
      text: cleanText(fault.response),
      permanent: status !== undefined && isPermanent(status),
    };
  });
}

function replyCode({ responseCode }: SmtpFault): number | undefined {
  return typeof responseCode === 'number' && responseCode >= 400 ? responseCode : undefined;
}

/** 503 says that the session was in a wrong state, not that the mail is refused. */
function isPermanent(status: number): boolean {
  return status >= 500 && status !== 503;
}
