// Edits of a row, done to a real server and a real device.
import { Flag, flagBits, type FlagName } from '@packetboat/client';
import type { MailFlags, MailServer } from '@packetboat/mail';
import { deviceState, mailboxState, source, type Device, type World } from '../../support/world.ts';
import { idOf, letter, shown } from '../support/clients.ts';
import type { Content, Edit } from './row.ts';

export const bitsOf = (flags: readonly FlagName[]): number =>
  flagBits.reduce((all, [name, bit]) => all | (flags.includes(name) ? bit : 0), 0);

export const namedFlags = (flags: readonly FlagName[], value: boolean): Partial<MailFlags> =>
  Object.fromEntries(flags.map((flag) => [flag, value]));

/** A mail of about so many bytes, whose lines no packer could make short. */
export function mailOf(name: string, bytes: number, from = 'sender@elsewhere.test', to = 'alice@example.test'): Uint8Array {
  const lines: string[] = [];
  for (let size = 0, at = 1; size < bytes; at += 1) {
    const line = `${name} ${at}: ${(at * 2_654_435_761).toString(36)} ${(at * 40_503).toString(36)}`;
    lines.push(line);
    size += line.length + 2;
  }
  const text = new TextDecoder().decode(letter(name, lines.join('\r\n')));
  return new TextEncoder().encode(text.replace('sender@elsewhere.test', from).replace('To: alice@example.test', `To: ${to}`));
}

export async function edit(world: World, device: Device, what: Edit): Promise<void> {
  if (what.on === 'server') return editServer(world, what);
  if (what.on === 'line') {
    await device.sync();
    await world.settle();
    return;
  }
  await editDevice(device, what);
}

export async function editDevice(device: Device, what: Extract<Edit, { on: 'device' }>): Promise<void> {
  switch (what.edit) {
    case 'mark':
      return device.client.mark((await shown(device, what.mail)).luid, bitsOf(what.flags), what.value ? bitsOf(what.flags) : 0);
    case 'move':
      return device.client.move((await shown(device, what.mail)).luid, await folderHere(device, what.to));
    case 'remove':
      return device.client.rm((await shown(device, what.mail)).luid);
    case 'draft': {
      await device.store.write(mailOf(what.mail, what.bytes), await folderHere(device, 'drafts'), Flag.Read, Date.now());
      return;
    }
    case 'send': {
      const mail = mailOf(what.mail, what.bytes, 'alice@example.test', 'bob@example.test');
      await device.store.write(mail, await folderHere(device, 'outbox'), Flag.Read, Date.now());
    }
  }
}

export async function editServer(world: World, what: Extract<Edit, { on: 'server' }>): Promise<void> {
  const box = world.mailbox();
  switch (what.edit) {
    case 'deliver':
      return world.deliver(mailOf(what.mail, what.bytes));
    case 'mark': {
      const { folder, uid } = await placeThere(box, what.mail);
      await box.setFlags(folder, [uid], namedFlags(what.flags, what.value));
      return;
    }
    case 'move': {
      const { folder, uid } = await placeThere(box, what.mail);
      await box.move(folder, [uid], await pathThere(box, what.to));
      return;
    }
    case 'expunge': {
      const { folder, uid } = await placeThere(box, what.mail);
      return box.remove(folder, [uid]);
    }
    case 'file': {
      await box.append(await pathThere(box, what.to), source(mailOf(what.mail, 300)), namedFlags(what.flags, true), Date.now());
      return;
    }
    case 'make folder':
      return box.createFolder(await box.childPath(undefined, what.name));
    case 'rename folder':
      return box.renameFolder(await pathThere(box, what.name), await box.childPath(undefined, what.to));
    case 'remove folder':
      return box.removeFolder(await pathThere(box, what.name));
  }
}

export async function folderHere(device: Device, place: string): Promise<string> {
  const folders = await device.client.folders();
  const found =
    folders.find((folder) => folder.role === place) ?? folders.find((folder) => folder.name.toLowerCase() === place.toLowerCase());
  if (found === undefined) throw new Error(`the device has no folder ${place}`);
  return found.luid;
}

export async function pathThere(box: MailServer, place: string): Promise<string> {
  const folders = await box.folders();
  const found =
    folders.find((folder) => folder.role === place) ?? folders.find((folder) => folder.name.toLowerCase() === place.toLowerCase());
  if (found === undefined) throw new Error(`the mail server has no folder ${place}`);
  return found.path;
}

async function placeThere(box: MailServer, name: string): Promise<{ readonly folder: string; readonly uid: string }> {
  for (const folder of await box.folders()) {
    if (!folder.selectable) continue;
    const [uid] = await box.find(folder.path, idOf(name));
    if (uid !== undefined) return { folder: folder.path, uid };
  }
  throw new Error(`the mail server has no mail named ${name}`);
}

/** What a device shows, in the words of a row. */
export async function deviceContent(device: Device): Promise<Content> {
  return contentOf(await deviceState(device));
}

/** What the mail server has. */
export async function serverContent(world: World, user = 'alice'): Promise<Content> {
  return contentOf(await mailboxState(world.mailbox(user)));
}

function contentOf(state: ReadonlyMap<string, readonly string[]>): Content {
  const entries = [...state].map(([folder, mails]): [string, readonly string[]] => [
    folder.toLowerCase(),
    mails.map((mail) => mail.replace(/^<(.*)@sender\.test>/, '$1').trim()).toSorted(),
  ]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
