// Faults of the mail server as the background work looks at them.
import type { MailError } from '@packetboat/mail';

/** By its name and code, as errors of other packages are known. */
export function isMailError(error: unknown): error is MailError {
  return error instanceof Error && error.name === 'MailError';
}

/** Whether the same call may succeed later. What is no MailError is a fault of ours: it is tried again, and logged. */
export function isRetryable(error: unknown): boolean {
  return !isMailError(error) || error.retryable;
}

/** What may stand in a log line or a table of a fault: its code, and the mail server's own words where they were kept. Never content. */
export function faultText(error: unknown): string {
  if (isMailError(error)) return `${error.code}: ${error.message}`.slice(0, 400);
  return error instanceof Error ? error.name : 'unknown fault';
}
