// One pass over one folder: everything that changed there since its cursor, page by page, each page a transaction.
import type { ChangePage, RemoteMail } from '@packetboat/mail';
import type { AccountContext } from '../account/context.ts';
import type { Suspect } from './arrivals.ts';
import type { Pass } from './journal.ts';
import { limits } from './limits.ts';
import { writePage } from './page.ts';
import { rebindFolder } from './rebind.ts';
import { type FolderRow, knownUids } from './rows.ts';
import { fileSuspects } from './suspects.ts';

/** Brings a folder's items up to what the mail server has. Returns how many mails are newly missing. Throws `MailError`; what was written until then stays. */
export async function syncFolder(context: AccountContext, folder: FolderRow): Promise<number> {
  const pass = context.journal.begin();
  try {
    return await new FolderPass(context, folder, pass).run();
  } finally {
    pass.end();
  }
}

class FolderPass {
  readonly #context: AccountContext;
  readonly #folder: FolderRow;
  readonly #pass: Pass;
  #missing = 0;
  #suspects: Suspect[] = [];

  constructor(context: AccountContext, folder: FolderRow, pass: Pass) {
    this.#context = context;
    this.#folder = folder;
    this.#pass = pass;
  }

  async run(): Promise<number> {
    const { server, store } = this.#context;
    const { id, remote_path: path, remote_cursor: cursor } = this.#folder;
    let listing: RemoteMail[] | undefined;
    for await (const page of server.changes(path, cursor ?? undefined, () => knownUids(store, id))) {
      if (page.reset === true) listing = [];
      if (listing === undefined) {
        // Looking at a folder in which nothing has happened writes nothing: most looks are such.
        if (page.cursor === cursor && isEmpty(page) && this.#suspects.length === 0) continue;
        const written = await writePage(this.#context, id, page, {
          pass: this.#pass,
          cursor: this.#suspects.length === 0 ? page.cursor : undefined,
        });
        this.#missing += written.missing;
        this.#suspects.push(...written.suspects);
        await this.#fileSuspects(page.cursor);
      } else {
        for (const mail of page.added) listing.push(mail);
        if (page.cursor !== undefined) this.#missing += await this.#rebind(listing, page.cursor);
      }
    }
    return this.#missing;
  }

  /** Held until the last page, so that each other folder is asked once; sooner only when there are very many. */
  async #fileSuspects(cursor: string | undefined): Promise<void> {
    if (this.#suspects.length === 0) return;
    if (cursor === undefined && this.#suspects.length < limits.suspects) return;
    const suspects = this.#suspects;
    this.#suspects = [];
    await fileSuspects(this.#context, this.#folder.id, suspects, { pass: this.#pass, cursor });
  }

  #rebind(listing: readonly RemoteMail[], cursor: string): Promise<number> {
    this.#context.log.info(
      { account: this.#context.account, folder: this.#folder.id, mails: listing.length },
      'the uids of a folder are new: binding its mails again',
    );
    return rebindFolder(this.#context, this.#folder.id, listing, { pass: this.#pass, cursor });
  }
}

function isEmpty({ added, changed, gone }: ChangePage): boolean {
  return added.length === 0 && changed.length === 0 && gone.length === 0;
}
