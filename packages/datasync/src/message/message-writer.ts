// Fills one message up to the size the device takes. DS Protocol 1.2 §3.6 (many messages in a package).
import {
  encodedSize,
  envelopeSize,
  type Add,
  type Command,
  type Delete,
  type Encoding,
  type Move,
  type Replace,
  type SyncHdr,
  type Version,
} from '@packetboat/syncml';
import { limits } from '../limits.ts';

/** A command without its CmdID: the writer numbers. */
export type Unnumbered<C extends Command = Command> = C extends Command ? Omit<C, 'cmdId'> : never;

export interface OpenSync {
  readonly target: string;
  readonly source: string;
  readonly numberOfChanges: number | undefined;
}

/** Data is written as CDATA in XML, and measured so. */
const carried = { cdata: true };

/** Room that the tags of a command with nothing in it take, when it is wrapped around others; generous. */
const wrapping = 48;

export class MessageWriter {
  readonly #encoding: Encoding;
  readonly #version: Version;
  readonly #limit: number;
  readonly #commands: Command[] = [];
  #used: number;
  #lastCmdId = 0;
  #sync: { readonly head: OpenSync; readonly cmdId: string; readonly commands: Command[] } | null = null;

  /** `maxMsgSize` is what the peer takes, bytes. */
  constructor(header: SyncHdr, encoding: Encoding, maxMsgSize: number) {
    this.#encoding = encoding;
    this.#version = header.version;
    this.#limit = Math.min(maxMsgSize, limits.messageBytes) - limits.messageReserve;
    this.#used = envelopeSize(header, encoding);
  }

  /** Bytes still free. */
  get room(): number {
    return this.#limit - this.#used;
  }

  get empty(): boolean {
    return this.#commands.length === 0 && this.#sync === null;
  }

  /** Keeps bytes free for a command that is put later; a negative number gives them back. */
  reserve(bytes: number): void {
    this.#used += bytes;
  }

  /** Whether the open Sync has no command yet, or there was no room to open one. */
  get nothingInside(): boolean {
    return (this.#sync?.commands.length ?? 0) === 0;
  }

  /** Bytes that a command takes. */
  size(command: Unnumbered): number {
    return encodedSize(this.#number(command, this.#lastCmdId + 1), this.#encoding, this.#version, carried);
  }

  /** Adds a command beside the others; its CmdID, or undefined when there is no room for it. */
  put(command: Unnumbered): string | undefined {
    this.closeSync();
    const numbered = this.#number(command, this.#lastCmdId + 1);
    const size = encodedSize(numbered, this.#encoding, this.#version, carried);
    if (this.#used + size > this.#limit) return undefined;
    this.#lastCmdId += 1;
    this.#used += size;
    this.#commands.push(numbered);
    return numbered.cmdId;
  }

  /** Adds a command that must stand before everything put so far; there has to be room for it. */
  putFirst(command: Unnumbered): string {
    const numbered = this.#number(command, this.#lastCmdId + 1);
    this.#lastCmdId += 1;
    this.#used += encodedSize(numbered, this.#encoding, this.#version, carried);
    this.#commands.unshift(numbered);
    return numbered.cmdId;
  }

  /** Opens the Sync of a datastore; what is put inside follows until another is opened. False when there is no room. */
  openSync(head: OpenSync): boolean {
    this.closeSync();
    const size = wrapping + encodedSize(syncOf(head, '9999', []), this.#encoding, this.#version, carried);
    if (this.#used + size > this.#limit) return false;
    this.#lastCmdId += 1;
    this.#used += size;
    this.#sync = { head, cmdId: String(this.#lastCmdId), commands: [] };
    return true;
  }

  putInside(command: Unnumbered): string | undefined {
    if (this.#sync === null) return undefined;
    const numbered = this.#number(command, this.#lastCmdId + 1);
    const size = encodedSize(numbered, this.#encoding, this.#version, carried);
    if (this.#used + size > this.#limit) return undefined;
    this.#lastCmdId += 1;
    this.#used += size;
    this.#sync.commands.push(numbered);
    return numbered.cmdId;
  }

  /** Adds an item to the command before it when that is of the same kind (name and Meta); a command of its own otherwise. */
  putItemInside(command: Unnumbered<Add | Replace | Delete | Move>): string | undefined {
    const before = this.#sync?.commands.at(-1);
    const [item] = command.items;
    const alike =
      before !== undefined &&
      'items' in before &&
      before.name === command.name &&
      before.meta?.type === command.meta?.type &&
      command.meta?.size === undefined;
    if (this.#sync === null || !alike || item === undefined) return this.putInside(command);
    const size = this.size(command);
    if (this.#used + size > this.#limit) return undefined;
    this.#used += size;
    this.#sync.commands[this.#sync.commands.length - 1] = { ...before, items: [...before.items, item] } as Command;
    return before.cmdId;
  }

  closeSync(): void {
    if (this.#sync === null) return;
    this.#commands.push(syncOf(this.#sync.head, this.#sync.cmdId, this.#sync.commands));
    this.#sync = null;
  }

  finish(): readonly Command[] {
    this.closeSync();
    return this.#commands;
  }

  #number(command: Unnumbered, cmdId: number): Command {
    // The union of commands is kept by putting the one missing field back.
    return { ...command, cmdId: String(cmdId) };
  }
}

function syncOf(head: OpenSync, cmdId: string, commands: readonly Command[]): Command {
  return {
    name: 'Sync',
    cmdId,
    target: { locUri: head.target },
    source: { locUri: head.source },
    ...(head.numberOfChanges === undefined ? {} : { numberOfChanges: head.numberOfChanges }),
    commands,
  };
}
