// What a mailbox must hold after random work: each mail's folder and flags, as far as one side alone decided them.
import type { FlagName } from '@packetboat/client';
import type { Content, Edit } from '../scenarios/table/row.ts';
import { flagText } from '../support/world.ts';
import type { Random } from '../support/random.ts';

interface Mail {
  folder: string;
  readonly flags: Set<FlagName>;
  /** Both sides had a hand in it since they were last equal: then they need only agree. */
  open: boolean;
}

const places: readonly [string, ...string[]] = ['inbox', 'archive', 'drafts'];
const settable: readonly [FlagName, ...FlagName[]] = ['read', 'replied', 'forwarded', 'flagged'];

export class Model {
  readonly mails = new Map<string, Mail>();
  /** Every mail that was sent and has to arrive once. */
  readonly sent: string[] = [];
  readonly #random: Random;
  /** Which side has changed a mail in this round. */
  readonly #touched = new Map<string, string>();
  /** Made since the last sync: nobody else knows them, and some are on their way out. */
  readonly #isNew = new Set<string>();
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A random edit of one side, and what follows from it. `who`: the server, or one of the devices. Undefined when there is nothing to do it to. */
  next(who: string): Edit | undefined {
    const on = who === 'server' ? 'server' : 'device';
    const kind = this.#random.integer(100);
    if (kind < 18 || this.mails.size < 5) return this.#make(on, kind);
    const name = this.#pick(who);
    const mail = name === undefined ? undefined : this.mails.get(name);
    if (name === undefined || mail === undefined) return undefined;
    this.#touch(name, mail, who);
    if (kind < 70) {
      const flag = this.#random.pick(settable);
      const value = !mail.flags.has(flag);
      if (value) mail.flags.add(flag);
      else mail.flags.delete(flag);
      return { on, edit: 'mark', mail: name, flags: [flag], value };
    }
    if (kind < 88 || mail.open) {
      const to = this.#random.pick(places);
      if (to === mail.folder) return undefined;
      mail.folder = to;
      return { on, edit: 'move', mail: name, to };
    }
    if (on === 'server') {
      this.mails.delete(name);
      return { on, edit: 'expunge', mail: name };
    }
    if (mail.folder === 'trash') this.mails.delete(name);
    mail.folder = 'trash';
    return { on, edit: 'remove', mail: name };
  }

  #make(on: 'server' | 'device', kind: number): Edit {
    this.#made += 1;
    const name = `m${this.#made}`;
    const bytes = this.#random.chance(0.02) ? 90_000 : 300;
    this.#isNew.add(name);
    if (on === 'server') {
      this.mails.set(name, { folder: 'inbox', flags: new Set(), open: false });
      return { on, edit: 'deliver', mail: name, bytes };
    }
    if (kind % 2 === 0) {
      this.mails.set(name, { folder: 'drafts', flags: new Set(['read']), open: false });
      return { on, edit: 'draft', mail: name, bytes };
    }
    this.mails.set(name, { folder: 'sent', flags: new Set(['read']), open: false });
    this.sent.push(name);
    return { on, edit: 'send', mail: name, bytes };
  }

  /** A mail that this side can see. One in eight edits may meet another side's. */
  #pick(who: string): string | undefined {
    const names = [...this.mails.keys()];
    for (let tries = 0; tries < 8; tries += 1) {
      const name = names[this.#random.integer(names.length)];
      if (name === undefined) return undefined;
      if (this.#isNew.has(name)) continue;
      const before = this.#touched.get(name);
      if (before === undefined || before === who || this.#random.chance(0.125)) return name;
    }
    return undefined;
  }

  #touch(name: string, mail: Mail, who: string): void {
    const before = this.#touched.get(name);
    if (before !== undefined && before !== who) mail.open = true;
    this.#touched.set(name, who);
  }

  /** Everybody has synced: what both sides had a hand in is what they agreed on. Throws where something is lost, doubled or other than it must be. */
  settle(content: Content): void {
    const there = new Map<string, { readonly folder: string; readonly flags: ReadonlySet<FlagName> }>();
    for (const [folder, mails] of Object.entries(content)) {
      for (const text of mails) {
        const [name = '', flags = ''] = text.split(' ');
        if (there.has(name)) throw new Error(`${name} is there twice`);
        there.set(name, { folder, flags: new Set(flags === '' ? [] : (flags.split(',') as FlagName[])) });
      }
    }
    for (const [name, mail] of this.mails) {
      const found = there.get(name);
      if (found === undefined) {
        if (!mail.open) throw new Error(`${name} is lost`);
        this.mails.delete(name);
        continue;
      }
      if (!mail.open && (found.folder !== mail.folder || textOf(found.flags) !== textOf(mail.flags))) {
        throw new Error(`${name} is ${found.folder} ${textOf(found.flags)}, and has to be ${mail.folder} ${textOf(mail.flags)}`);
      }
      mail.folder = found.folder;
      mail.flags.clear();
      for (const flag of found.flags) mail.flags.add(flag);
      mail.open = false;
    }
    for (const [name, { folder }] of there) if (!this.mails.has(name)) throw new Error(`${name} has come back in ${folder}`);
    this.#touched.clear();
    this.#isNew.clear();
  }
}

function textOf(flags: ReadonlySet<FlagName>): string {
  return flagText((name) => flags.has(name));
}
