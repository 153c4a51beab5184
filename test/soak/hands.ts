// Edits on either side as `scene.ts` does them, for mailboxes in which looking a mail up for each edit would take most of the time.
import type { Edit } from '../scenarios/table/row.ts';
import { bitsOf, editDevice, editServer, folderHere, namedFlags, pathThere } from '../scenarios/table/scene.ts';
import type { Device, World } from '../support/world.ts';

export type Hand = (what: Edit) => Promise<void>;

const nameOf = (messageId: string): string => messageId.replace(/^<(.*)@sender\.test>$/, '$1');

/** A person's hand on a device. It knows the mails that are there when it is made. */
export async function deviceHand(device: Device): Promise<Hand> {
  const mails = await device.client.ls({ limit: 100_000 });
  const luids = new Map(mails.map((mail) => [nameOf(mail.summary.messageId ?? ''), mail.luid]));
  return async (what) => {
    if (what.on !== 'device') throw new Error('no edit of a device');
    if (what.edit === 'draft' || what.edit === 'send') return editDevice(device, what);
    const luid = luids.get(what.mail);
    if (luid === undefined) throw new Error(`${what.mail} is not on the device`);
    if (what.edit === 'mark') return device.client.mark(luid, bitsOf(what.flags), what.value ? bitsOf(what.flags) : 0);
    if (what.edit === 'move') return device.client.move(luid, await folderHere(device, what.to));
    return device.client.rm(luid);
  };
}

/** The hand of another program at the mail server. */
export async function serverHand(world: World): Promise<Hand> {
  const box = world.mailbox();
  const places = new Map<string, { readonly folder: string; readonly uid: string }>();
  for (const { path, selectable } of await box.folders()) {
    if (!selectable) continue;
    for await (const page of box.changes(path, undefined, () => Promise.resolve([])))
      for (const { uid, messageId } of page.added) places.set(nameOf(messageId ?? ''), { folder: path, uid });
  }
  return async (what) => {
    if (what.on !== 'server') throw new Error('no edit of the mail server');
    const place = 'mail' in what ? places.get(what.mail) : undefined;
    if (place === undefined) return editServer(world, what);
    const { folder, uid } = place;
    if (what.edit === 'mark') await box.setFlags(folder, [uid], namedFlags(what.flags, what.value));
    else if (what.edit === 'expunge') await box.remove(folder, [uid]);
    else if (what.edit === 'move') {
      const to = await pathThere(box, what.to);
      const placed = (await box.move(folder, [uid], to)).get(uid);
      if (placed?.uid === undefined) places.delete(what.mail);
      else places.set(what.mail, { folder: to, uid: placed.uid });
    } else await editServer(world, what);
  };
}
