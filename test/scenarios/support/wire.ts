// What went over a line, decoded: the items of Syncs, the Statuses, the anchors.
import { dataBytes, decodeMessage, parseEmail, type Command, type Message, type Status } from '@packetboat/syncml';
import type { Line } from '../../support/world.ts';

export interface Exchange {
  readonly request: Message;
  readonly reply: Message;
  readonly requestBytes: Uint8Array;
  readonly replyBytes: Uint8Array;
}

/** One item of a command in a Sync. */
export interface SentItem {
  readonly command: string;
  /** LUID or GUID, whichever names it. */
  readonly id: string;
  readonly parent: string | undefined;
  readonly type: string | undefined;
  readonly bytes: Uint8Array | undefined;
  /** True when it holds the mail, or a part of it. */
  readonly hasMail: boolean;
  readonly moreData: boolean;
}

/** The exchanges of a line that were answered, from the `from`th on. */
export function exchangesOf(line: Line, from = 0): readonly Exchange[] {
  return line.messages.slice(from).flatMap(({ request, reply, contentType }) => {
    const encoding = contentType.includes('wbxml') ? 'wbxml' : 'xml';
    if (reply === null) return [];
    return [{ request: decodeMessage(request, encoding), reply: decodeMessage(reply, encoding), requestBytes: request, replyBytes: reply }];
  });
}

export function itemsOf(message: Message): readonly SentItem[] {
  return message.commands.flatMap((command) => (command.name === 'Sync' ? command.commands.flatMap(sentItems) : []));
}

function sentItems(command: Command): readonly SentItem[] {
  if (command.name === 'Sequence' || command.name === 'Atomic') return command.commands.flatMap(sentItems);
  if (command.name !== 'Add' && command.name !== 'Replace' && command.name !== 'Delete' && command.name !== 'Move') return [];
  return command.items.map((item) => {
    const bytes = dataBytes(item.data);
    const type = item.meta?.type ?? command.meta?.type;
    return {
      command: command.name,
      id: item.source?.locUri ?? item.target?.locUri ?? '',
      parent: item.sourceParent ?? item.targetParent,
      type,
      bytes,
      hasMail: item.moreData === true || (bytes !== undefined && type?.includes('email') === true && holdsMail(bytes)),
      moreData: item.moreData === true,
    };
  });
}

function holdsMail(bytes: Uint8Array): boolean {
  try {
    return parseEmail(bytes).emailItem !== undefined;
  } catch {
    // The end of an object that came in chunks.
    return true;
  }
}

export function statusesOf(message: Message): readonly Status[] {
  return message.commands.filter((command): command is Status => command.name === 'Status');
}

/** The codes of the Statuses for a command, in order. */
export function codesFor(message: Message, cmd: string): readonly string[] {
  return statusesOf(message).flatMap((status) => (status.cmd === cmd ? [status.data] : []));
}

export function alertOf(message: Message): { readonly code: string; readonly last: string | undefined; readonly next: string } | undefined {
  for (const command of message.commands) {
    const anchor = command.name === 'Alert' ? command.items[0]?.meta?.anchor : undefined;
    if (command.name === 'Alert' && anchor !== undefined) return { code: command.data ?? '', last: anchor.last, next: anchor.next };
  }
  return undefined;
}

export function equalBytes(a: Uint8Array | null | undefined, b: Uint8Array | null | undefined): boolean {
  return a != null && b != null && Buffer.from(a).equals(b);
}
