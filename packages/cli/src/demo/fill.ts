// Puts the letters into the mailboxes of the demo, with folders, flags and dates as if they had come over some days.
import { composeMail, type MailDraft } from '@packetboat/client';
import { addressBook, type Letter, type Place } from './letter.ts';
import { letters } from './letters.ts';
import { byteSource, type MailboxAtServer } from './mailbox.ts';

export interface LetterMail {
  readonly letter: Letter;
  readonly bytes: Uint8Array;
  /** ms since 1970. */
  readonly date: number;
}

/** Monday, 3 March 2025, 7:30 UTC. */
const firstDate = Date.UTC(2025, 2, 3, 7, 30);
const hour = 3_600_000;

/** All letters as mails, oldest first. */
export function letterMails(): readonly LetterMail[] {
  return letters.map((letter) => {
    // Not every mail comes at half past.
    const date = firstDate + letter.at * hour + ((letter.at * 7_919) % 3_600) * 1_000;
    return { letter, date, bytes: composeMail(draftOf(letter, date)) };
  });
}

function draftOf(letter: Letter, date: number): MailDraft {
  const { attachments, cc, html, subject, text, answers } = letter;
  const thread = answers === undefined ? [] : threadOf(answers);
  return {
    from: personOf(letter.from),
    to: letter.to.map(personOf),
    ...(cc === undefined ? {} : { cc: cc.map(personOf) }),
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    ...(attachments === undefined ? {} : { attachments }),
    date,
    messageId: messageIdOf(letter),
    ...(answers === undefined ? {} : { inReplyTo: thread.at(-1) ?? '', references: thread }),
  };
}

function personOf(key: string): { readonly name: string; readonly address: string } {
  const person = Object.entries(addressBook).find(([name]) => name === key)?.[1];
  if (person === undefined) throw new RangeError(`a letter names ${key}, who is not in the address book`);
  return person;
}

function letterOf(id: string): Letter {
  const letter = letters.find((each) => each.id === id);
  if (letter === undefined) throw new RangeError(`a letter answers ${id}, which is not there`);
  return letter;
}

function messageIdOf(letter: Letter): string {
  return `<${letter.id}@${personOf(letter.from).address.split('@')[1] ?? ''}>`;
}

/** Message-IDs of a thread up to a letter, oldest first. */
function threadOf(id: string): readonly string[] {
  const letter = letterOf(id);
  return [...(letter.answers === undefined ? [] : threadOf(letter.answers)), messageIdOf(letter)];
}

/** Puts a person's letters into an empty mailbox. */
export async function fillMailbox(user: 'alice' | 'bob', mailbox: MailboxAtServer): Promise<void> {
  for (const { letter, bytes, date } of letterMails()) {
    const place: Place | undefined = letter[user];
    if (place === undefined) continue;
    const [folder = '', ...flags] = place.split(' ');
    await mailbox.append(folder, byteSource(bytes), Object.fromEntries(flags.map((flag) => [flag, true])), date);
  }
}
