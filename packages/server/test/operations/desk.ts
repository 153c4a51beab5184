// What the tests of the operation queue share: a worker over a mail server that can fail, and a device that changes things.
import { afterEach, beforeEach } from 'vitest';
import { type FaultyServer, withFaults } from '../account/faults.ts';
import { type Home, openHome, pathOf, type Rig, type TestMail, testMail } from '../account/world.ts';

/** A mail of a folder as another program sees it. */
export interface Seen {
  readonly messageId: string | undefined;
  readonly flags: object;
  readonly uid: string;
}

export class Desk {
  readonly home: Home;
  readonly faulty: FaultyServer;
  readonly rig: Rig;

  constructor(home: Home, faulty: FaultyServer, rig: Rig) {
    this.home = home;
    this.faulty = faulty;
    this.rig = rig;
  }

  /** Mails in the inbox, known to the worker. */
  async delivered(count: number): Promise<readonly TestMail[]> {
    const mails = Array.from({ length: count }, (_, n) => testMail(`mail ${n}`));
    for (const mail of mails) await this.home.deliver(mail);
    await this.rig.worker.refresh();
    return mails;
  }

  /** One mail in the inbox. */
  async one(): Promise<TestMail> {
    const [mail] = await this.delivered(1);
    if (mail === undefined) throw new Error('nothing was delivered');
    return mail;
  }

  async generation(): Promise<number> {
    const draft = await this.rig.draft(await this.rig.folder('inbox'), testMail('unused'));
    return draft.generations[0] ?? 0;
  }

  async flag(mail: TestMail, flags: number): Promise<void> {
    const guid = this.rig.guid(await this.rig.mail(mail.messageId));
    await this.rig.commit({
      write: 'flags',
      account: String(this.rig.account),
      guid,
      flags,
      ackBy: await this.generation(),
      ackFlags: flags,
    });
  }

  async move(mail: TestMail, to: string): Promise<void> {
    const guid = this.rig.guid(await this.rig.mail(mail.messageId));
    const parent = this.rig.guid(await this.rig.folder(to));
    await this.rig.commit({ write: 'move', account: String(this.rig.account), guid, parent, ackBy: await this.generation() });
  }

  async remove(item: { readonly id: number }): Promise<void> {
    const guid = this.rig.guid(item);
    await this.rig.commit({ write: 'delete', account: String(this.rig.account), guid, archive: false, ackBy: await this.generation() });
  }

  async append(folder: string, mail: TestMail): Promise<void> {
    const received = { key: mail.messageId, status: '201', text: null, guid: null, queueId: null, batch: 1 };
    await this.rig.commit({ write: 'append', mail: await this.rig.draft(await this.rig.folder(folder), mail), received });
  }

  async seen(role: string): Promise<readonly Seen[]> {
    const found: Seen[] = [];
    for await (const page of this.rig.other.changes(await pathOf(this.rig.other, role), undefined, async () => [])) {
      found.push(...page.added.map(({ messageId, flags, uid }) => ({ messageId, flags, uid })));
    }
    return found;
  }
}

/** A desk for each test, with a first pass behind it. */
export function useDesk(): () => Desk {
  let desk: Desk | undefined;
  beforeEach(async () => {
    const home = await openHome();
    const faulty = withFaults(home.mailStore.mailServer('alice'));
    const rig = await home.rig({ server: faulty.server });
    rig.worker.start();
    await rig.worker.refresh();
    desk = new Desk(home, faulty, rig);
  });
  afterEach(() => desk?.home.close());
  return () => {
    if (desk === undefined) throw new Error('there is no desk outside of a test');
    return desk;
  };
}
