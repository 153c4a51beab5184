// A seeded generator of mails as mailboxes hold them: transport headers, threads, several scripts, alternatives,
// attachments. Same options, same bytes. The broken ones are in nasty-mails.ts.
import { mailbox, mailDate, encodedWords } from './mail-encoding.ts';
import { type BodyPlan, mailBody } from './mail-bodies.ts';
import { transportHeaders } from './mail-transport.ts';
import { languages, people, type Person } from './mail-words.ts';
import { type Random, seededRandom } from './random.ts';

export { type NastyMail, nastyMails } from './nasty-mails.ts';

export interface SampleOptions {
  readonly count: number;
  /** Default 1. */
  readonly seed?: number;
  /** Mean size in bytes of a log-normal distribution; default: what the text and a few small attachments come to (about 7 kB). */
  readonly meanBytes?: number;
  /** Spread of that distribution (deviation of the logarithm), default 1.2: most mails are small, a few are huge. */
  readonly sigma?: number;
  /** Whose mailbox it is. */
  readonly to?: Person;
  /** Date of the first mail, milliseconds since 1970; the others follow in minutes to hours. */
  readonly firstDate?: number;
}

export interface SampleMail {
  /** The whole mail, lines end in CRLF. */
  readonly bytes: Uint8Array;
  /** With angle brackets. */
  readonly messageId: string;
  /** Decoded. */
  readonly subject: string;
  readonly from: Person;
  /** Milliseconds since 1970, whole seconds. */
  readonly date: number;
  /** Message-ID of the mail that this one answers. */
  readonly inReplyTo: string | undefined;
  readonly kind: BodyPlan['kind'];
}

interface Sent {
  readonly messageId: string;
  readonly references: readonly string[];
  readonly subject: string;
}

const owner: Person = { name: 'Alice Example', address: 'alice@example.test' };
// 2026-01-05 08:00 UTC
const defaultFirstDate = 1_767_600_000_000;
const oldestReferences = 1;
const newestReferences = 9;

/** Yields the mails in order of their dates. */
export function* generateMails(options: SampleOptions): Generator<SampleMail, void, void> {
  const random = seededRandom(options.seed ?? 1);
  const recent: Sent[] = [];
  let date = options.firstDate ?? defaultFirstDate;
  for (let index = 0; index < options.count; index += 1) {
    date += (1 + random.integer(180)) * 60_000 + random.integer(60) * 1_000;
    const mail = makeMail(random, index, date, recent, options);
    recent.push(mail.sent);
    if (recent.length > 50) recent.shift();
    yield mail.sample;
  }
}

/** The mails in a list, for tests that want a few. */
export function sampleMails(options: SampleOptions): SampleMail[] {
  return [...generateMails(options)];
}

function makeMail(
  random: Random,
  index: number,
  date: number,
  recent: readonly Sent[],
  options: SampleOptions,
): { sample: SampleMail; sent: Sent } {
  const from = random.pick(people);
  const to = options.to ?? owner;
  const language = random.pick(languages);
  const parent = recent.length > 0 && random.chance(0.4) ? recent[random.integer(recent.length)] : undefined;
  const subject = parent === undefined ? random.pick(language.subjects) : `Re: ${parent.subject.replace(/^Re: /, '')}`;
  const domain = from.address.slice(from.address.indexOf('@') + 1);
  const messageId = `<${random.hex(12)}.${index}@${domain}>`;
  const references = parent === undefined ? [] : shorten([...parent.references, parent.messageId]);
  const headers = [
    ...transportHeaders(random, { from, to, domain, date }),
    `From: ${mailbox(from)}`,
    `To: ${mailbox(to)}`,
    ...(random.chance(0.3) ? [`Cc: ${[random.pick(people), random.pick(people)].map(mailbox).join(',\r\n ')}`] : []),
    `Subject: ${encodedWords(subject)}`,
    `Date: ${mailDate(date)}`,
    `Message-ID: ${messageId}`,
    ...(parent === undefined ? [] : [`In-Reply-To: ${parent.messageId}`, `References: ${references.join('\r\n ')}`]),
    'MIME-Version: 1.0',
  ];
  const head = headers.join('\r\n');
  const wanted = options.meanBytes === undefined ? undefined : logNormal(random, options.meanBytes, options.sigma ?? 1.2) - head.length;
  const { lines, kind } = mailBody(random, { language, quoted: parent !== undefined, boundary: random.hex(24), wantedBytes: wanted });
  const bytes = Buffer.from(`${head}\r\n${lines}`, 'utf8');
  return {
    sample: { bytes, messageId, subject, from, date, inReplyTo: parent?.messageId, kind },
    sent: { messageId, references, subject },
  };
}

/** As mail programs do: the first of a long thread and the last few. */
function shorten(references: readonly string[]): string[] {
  if (references.length <= oldestReferences + newestReferences) return [...references];
  return [...references.slice(0, oldestReferences), ...references.slice(-newestReferences)];
}

/** The mean of exp(N(mu, sigma)) is exp(mu + sigma² / 2). */
function logNormal(random: Random, mean: number, sigma: number): number {
  return Math.exp(Math.log(mean) - (sigma * sigma) / 2 + sigma * random.normal());
}
