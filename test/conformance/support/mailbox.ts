// What the mail server has, past our server; and mails as text.
import { letter, placeOf } from '../../scenarios/support/clients.ts';
import type { World } from '../../support/world.ts';
import type { Hand } from './hand.ts';
import { email, emailType, put } from './words.ts';

export function text(name: string, words?: string): string {
  return new TextDecoder().decode(letter(name, words));
}

/** How many mails of that name the mail server has, in all folders. */
export async function countOf(world: World, name: string, user = 'alice'): Promise<number> {
  await world.settle();
  const box = world.mailbox(user);
  let count = 0;
  for (const folder of await box.folders()) if (folder.selectable) count += (await box.find(folder.path, `<${name}@sender.test>`)).length;
  return count;
}

/** Folder and flags of a mail at the mail server. */
export async function mailOf(
  world: World,
  name: string,
): Promise<{ readonly folder: string; readonly flags: Readonly<Record<string, boolean>> }> {
  await world.settle();
  const { folder, uid } = await placeOf(world, name);
  for await (const page of world.mailbox().changes(folder, undefined, () => Promise.resolve([]))) {
    const mail = page.added.find((each) => each.uid === uid);
    if (mail !== undefined) return { folder, flags: { ...mail.flags } };
  }
  throw new Error(`the mail server has no mail ${name}`);
}

/** A mail that the device writes into its Drafts. */
export function draft(hand: Hand, luid: string, name: string): string {
  return put('Add', luid, email({ read: true }, text(name)), emailType, { parent: hand.folder('drafts') });
}

/** A change of flags, nothing else. */
export function flags(luid: string, values: Readonly<Record<string, boolean>>): string {
  return put('Replace', luid, email(values));
}
