// The objects that a session sends: mails and folders as the datastore side sees them (the answer to `ServerNeeds.objects`).
import type { ObjectWish, RenderedObject } from '@packetboat/datasync';
import { headerSet } from '@packetboat/message';
import { contentTypes, generateEmail, generateFolder } from '@packetboat/syncml';
import type { AccountContext } from '../account/context.ts';
import { faultText, isMailError, isRetryable } from '../account/errors.ts';
import { headersOf } from './content.ts';
import { emailFields, plainText } from './email-object.ts';
import { fullObject } from './full-object.ts';
import { itemsOf, type MailItem } from './items.ts';
import { limits } from './limits.ts';
import { ObjectCache } from './object-cache.ts';

/** Folder roles on the wire: trash is `deleted`; what is not named has none. */
const wireRoles: Readonly<Record<string, string>> = { inbox: 'inbox', outbox: 'outbox', sent: 'sent', drafts: 'drafts', trash: 'deleted' };

export interface MailboxEvents {
  /** A mail is not where it was: asks for a pass, and resolves when it is over (or has taken too long). */
  readonly look: () => Promise<void>;
}

export class Mailbox {
  readonly #context: AccountContext;
  readonly #events: MailboxEvents;
  readonly #cache = new ObjectCache();

  constructor(context: AccountContext, events: MailboxEvents) {
    this.#context = context;
    this.#events = events;
  }

  /**
   * Makes objects, in the order of the wishes. Never throws: what cannot be had now is `unavailable` with `retry`, what is gone for good without.
   * Spool objects belong to the caller, who drops them.
   */
  async objects(wishes: readonly ObjectWish[]): Promise<readonly RenderedObject[]> {
    const made = await this.#attempt(wishes);
    const vanished = wishes.filter((wish) => !made.has(wish));
    if (vanished.length > 0) {
      // Not where it was: moved, bound to another uid, or gone. A pass tells.
      await this.#events.look();
      for (const [wish, object] of await this.#attempt(vanished)) made.set(wish, object);
    }
    return wishes.map((wish) => made.get(wish) ?? { guid: wish.guid, kind: 'unavailable', retry: true });
  }

  /** Objects by wish; those whose content was not where it should be are missing. */
  async #attempt(wishes: readonly ObjectWish[]): Promise<Map<ObjectWish, RenderedObject>> {
    const { store, account } = this.#context;
    const items = await itemsOf(
      store,
      account,
      wishes.map((wish) => wish.guid),
    );
    const made = new Map<ObjectWish, RenderedObject>();
    const headers: [ObjectWish, MailItem][] = [];
    const whole: [ObjectWish, MailItem][] = [];
    for (const wish of wishes) {
      const item = items.get(wish.guid);
      const cached = item === undefined ? undefined : this.#cache.get(keyOf(item, wish));
      if (item === undefined) made.set(wish, { guid: wish.guid, kind: 'unavailable', retry: false });
      else if (cached !== undefined) made.set(wish, { guid: wish.guid, kind: 'bytes', bytes: cached });
      else if (item.kind === 'folder') made.set(wish, { guid: wish.guid, kind: 'bytes', bytes: folderObject(item) });
      else (wish.shape === 'headers' ? headers : whole).push([wish, item]);
    }
    await this.#makeHeaders(headers, made);
    await inParallel(whole, ([wish, item]) => this.#makeWhole(wish, item, made));
    return made;
  }

  async #makeHeaders(wanted: readonly [ObjectWish, MailItem][], made: Map<ObjectWish, RenderedObject>): Promise<void> {
    // One folder that cannot be read does not keep the others back.
    for (const same of Map.groupBy(wanted, ([, item]) => item.place?.folder).values()) {
      try {
        const found = await headersOf(
          this.#source(),
          same.map(([, item]) => item),
        );
        for (const [wish, item] of same) {
          const header = found.get(item.id);
          if (header !== undefined) made.set(wish, this.#kept(item, wish, headersObject(item, header, wish)));
        }
      } catch (error) {
        for (const [wish] of same) if (!made.has(wish)) made.set(wish, this.#failed(wish, error));
      }
    }
  }

  async #makeWhole(wish: ObjectWish, item: MailItem, made: Map<ObjectWish, RenderedObject>): Promise<void> {
    try {
      const object = await fullObject(this.#source(), item, wish);
      if (object !== undefined) made.set(wish, object.kind === 'bytes' ? this.#kept(item, wish, object.bytes) : object);
    } catch (error) {
      made.set(wish, this.#failed(wish, error));
    }
  }

  #source(): { readonly store: AccountContext['store']; readonly server: AccountContext['server'] } {
    return { store: this.#context.store, server: this.#context.server };
  }

  #kept(item: MailItem, wish: ObjectWish, bytes: Uint8Array): RenderedObject {
    this.#cache.set(keyOf(item, wish), bytes);
    return { guid: wish.guid, kind: 'bytes', bytes };
  }

  #failed(wish: ObjectWish, error: unknown): RenderedObject {
    const { account, log } = this.#context;
    log.warn(
      { account, guid: wish.guid, fault: faultText(error), ...(isMailError(error) ? {} : { err: error }) },
      'a mail could not be opened',
    );
    // A whole folder or account that refuses may be put right; one mail that is refused stays refused.
    return { guid: wish.guid, kind: 'unavailable', retry: isRetryable(error) || (isMailError(error) && error.scope !== 'message') };
  }
}

function keyOf(item: MailItem, wish: ObjectWish): string {
  return [item.id, item.rev, wish.shape, wish.headers, wish.contentType].join(' ');
}

function headersObject(item: MailItem, header: Uint8Array, wish: ObjectWish): Uint8Array {
  const set = headerSet(header, wish.headers);
  if (wish.contentType === contentTypes.rfc822) return set.header;
  const left = { body: Math.max(0, item.size - header.length), header: set.omittedBytes };
  return generateEmail({ ...emailFields(item, header, left), emailItem: set.header });
}

function folderObject(item: MailItem): Uint8Array {
  const role = item.role === null ? undefined : wireRoles[item.role];
  return generateFolder({ name: plainText(item.name ?? ''), ...(role === undefined ? {} : { role }), ext: [] });
}

async function inParallel<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = list.values();
  const worker = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(limits.parallel, list.length) }, worker));
}
