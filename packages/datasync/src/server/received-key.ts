// By what a change of the device is recognised when it comes again.
import type { Item } from '@packetboat/syncml';
import { fingerprint } from '../security/digest.ts';
import { itemBytes } from './chunks.ts';

/** Key of one item of a command: the command, the item, where to and what. */
export function receivedKey(command: string, item: Item): string {
  return fingerprint(command, item.source?.locUri ?? '', item.sourceParent ?? item.targetParent ?? '', itemBytes(item.data)).slice(0, 32);
}

/** Key of a mail to be sent: by its bytes alone, so that another LUID does not send it again. */
export function sendKey(mail: Uint8Array): string {
  return fingerprint('send', mail).slice(0, 32);
}
