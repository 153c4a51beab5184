// Mails and lists of them as text for a terminal and as objects for programs.
import { formatAddress, formatDate, htmlToText, type Address, type ListedMail, type OpenMail } from '@packetboat/client';
import { fit, safeLine, safeText } from '../terminal/safe-text.ts';
import { flagLetters, flagObject, flagWords } from './flags.ts';
import { number } from './report.ts';

/** One line: number, status, date, who, subject. */
export function listLine(mail: ListedMail, columns: number): string {
  const { from, subject } = mail.summary;
  const who = from[0] === undefined ? '(nobody)' : from[0].name === undefined || from[0].name === '' ? from[0].address : from[0].name;
  const start = `${mail.luid.padStart(7)}  ${flagLetters(mail)} ${shortDate(mail.received)}  ${fit(safeLine(who), 22)}  `;
  return `${start}${fit(safeLine(subject === '' ? '(no subject)' : subject), Math.max(20, columns - start.length)).trimEnd()}`;
}

/** Local time, to the minute. */
export function shortDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export function listObject(mail: ListedMail): Readonly<Record<string, unknown>> {
  const { folder, flags, luid, received, sendError, shape, size, summary, unsent } = mail;
  return {
    luid,
    folder,
    from: summary.from.map(addressText),
    to: summary.to.map(addressText),
    subject: summary.subject,
    date: summary.date === undefined ? null : new Date(summary.date).toISOString(),
    received: new Date(received).toISOString(),
    flags: flagObject(flags),
    size,
    here: shape,
    unsent,
    sendError,
  };
}

export function mailObject(mail: OpenMail): Readonly<Record<string, unknown>> {
  return {
    ...listObject(mail),
    cc: mail.summary.cc.map(addressText),
    messageId: mail.summary.messageId ?? null,
    whole: mail.whole,
    text: textOf(mail),
    attachments: mail.mail.attachments.map(({ name, number: section, size, type }) => ({
      number: section,
      name: name ?? null,
      type,
      size,
    })),
  };
}

export function mailLines(mail: OpenMail): readonly string[] {
  const { cc, date, from, subject, to } = mail.summary;
  const header: readonly (readonly [string, string])[] = [
    ['From', from.map(addressText).join(', ')],
    ['To', to.map(addressText).join(', ')],
    ['Cc', cc.map(addressText).join(', ')],
    ['Date', date === undefined ? shortDate(mail.received) : formatDate(date)],
    ['Subject', subject],
    ['Status', flagWords(mail.flags)],
    ['Refused', mail.sendError ?? ''],
  ];
  const lines = header.filter(([, value]) => value !== '').map(([name, value]) => `${`${name}:`.padEnd(9)}${safeLine(value)}`);
  const text = safeText(textOf(mail) ?? '').trimEnd();
  lines.push('', ...(text === '' ? [] : [text, '']));
  for (const { name, number: section, size, type } of mail.mail.attachments) {
    lines.push(`[attachment ${section}: ${safeLine(name ?? '(no name)')}, ${safeLine(type)}, ${number(size)} bytes]`);
  }
  if (!mail.whole) lines.push(`[only a part of the mail is here: the whole has ${number(mail.size)} bytes]`);
  return lines;
}

function textOf({ mail }: OpenMail): string | null {
  if (mail.text !== undefined) return mail.text;
  return mail.html === undefined ? null : htmlToText(mail.html);
}

function addressText(address: Address): string {
  return formatAddress(address);
}
