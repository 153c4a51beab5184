// The kinds of client that every scenario has to hold for, and short words for what a person does with them.
import { Flag, type ClientSettings, type ListedMail } from '@packetboat/client';
import type { Device, World } from '../../support/world.ts';

export interface ClientKind {
  readonly name: string;
  readonly profile: boolean;
  readonly settings: Partial<ClientSettings>;
}

export const plainWbxml: ClientKind = { name: 'a plain client in WBXML', profile: false, settings: { profile: false } };
export const plainXml: ClientKind = {
  name: 'a plain client in XML 1.1',
  profile: false,
  settings: { profile: false, encoding: 'xml', version: '1.1' },
};
export const profileWbxml: ClientKind = { name: 'a profile client in WBXML', profile: true, settings: { profile: true } };
export const profileXml: ClientKind = { name: 'a profile client in XML', profile: true, settings: { profile: true, encoding: 'xml' } };

export const everyKind: readonly ClientKind[] = [plainWbxml, plainXml, profileWbxml, profileXml];
export const plainKinds: readonly ClientKind[] = [plainWbxml, plainXml];
export const profileKinds: readonly ClientKind[] = [profileWbxml, profileXml];
export const oneOfEach: readonly ClientKind[] = [plainWbxml, profileWbxml];

export const nothingMoved = { added: 0, changed: 0, deleted: 0, moved: 0 } as const;

const encoder = new TextEncoder();

/** A small mail whose Message-ID is `<NAME@sender.test>`. */
export function letter(name: string, text = `The text of ${name}.`): Uint8Array {
  return encoder.encode(
    [
      'From: Sender <sender@elsewhere.test>',
      'To: alice@example.test',
      `Subject: About ${name}`,
      'Date: Mon, 05 Jan 2026 08:00:00 +0000',
      `Message-ID: <${name}@sender.test>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
      '',
    ].join('\r\n'),
  );
}

/** A mail of about so many bytes, no two lines alike. */
export function largeLetter(name: string, bytes: number): Uint8Array {
  const lines: string[] = [];
  for (let size = 0, at = 0; size < bytes; at += 1) {
    const line = `${name} ${at}: the quick brown fox jumps over the lazy dog, ümläut ${at * 7919}.`;
    lines.push(line);
    size += encoder.encode(line).length + 2;
  }
  return letter(name, lines.join('\r\n'));
}

export function idOf(name: string): string {
  return `<${name}@sender.test>`;
}

/** The mail of that name as the device shows it. */
export async function shown(device: Device, name: string): Promise<ListedMail> {
  const mails = (await device.client.ls({ limit: 10_000 })).filter((mail) => mail.summary.messageId === idOf(name));
  const [mail] = mails;
  if (mail === undefined || mails.length > 1) throw new Error(`the device shows ${mails.length} mails named ${name}`);
  return mail;
}

export async function folderOf(device: Device, role: string): Promise<string> {
  const folder = (await device.client.folders()).find((each) => each.role === role);
  if (folder === undefined) throw new Error(`the device has no folder ${role}`);
  return folder.luid;
}

export async function mark(device: Device, name: string, flags: number = Flag.Read): Promise<void> {
  await device.client.mark((await shown(device, name)).luid, flags, flags);
}

/** Writes a mail into the Drafts of the device, as an application above the client does. */
export async function draft(device: Device, name: string, text?: string): Promise<string> {
  return device.store.write(letter(name, text), await folderOf(device, 'drafts'), Flag.Read, Date.now());
}

/** Where a mail is at the mail server. */
export async function placeOf(world: World, name: string, user = 'alice'): Promise<{ readonly folder: string; readonly uid: string }> {
  const box = world.mailbox(user);
  const places: { folder: string; uid: string }[] = [];
  for (const folder of await box.folders()) {
    if (!folder.selectable) continue;
    for (const uid of await box.find(folder.path, idOf(name))) places.push({ folder: folder.path, uid });
  }
  const [place] = places;
  if (place === undefined || places.length > 1) throw new Error(`the mail server has ${places.length} mails named ${name}`);
  return place;
}

/** The path of a folder at the mail server, by its role. */
export async function pathOf(world: World, role: string, user = 'alice'): Promise<string> {
  const folder = (await world.mailbox(user).folders()).find((each) => each.role === role);
  if (folder === undefined) throw new Error(`the mail server has no folder ${role}`);
  return folder.path;
}
