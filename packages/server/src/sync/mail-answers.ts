// What a session asks of the mailboxes: passed to the worker of the account that is meant.
import type { Answers, ObjectWish, RenderedObject, SubmissionOutcome } from '@packetboat/datasync';
import { mailDigest, messageIdOf } from '@packetboat/mail';
import { splitHeader } from '@packetboat/message';
import type { Accounts } from '../account/accounts.ts';
import type { MailNeeds } from './driver.ts';

/** `accountOfQueue` tells which account a submission belongs to. */
export function mailAnswers(
  accounts: Accounts,
  accountOfQueue: (queueIds: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Answers<MailNeeds> {
  return {
    objects: async ({ account, wishes }) => (await accounts.byGuid(account)?.worker.objects(wishes)) ?? wishes.map(gone),
    submit: async ({ queueIds }) => {
      const owners = await accountOfQueue(queueIds);
      const byAccount = Map.groupBy(queueIds, (queueId) => owners.get(queueId) ?? '');
      const outcomes = [...byAccount].map(async ([account, ids]): Promise<readonly SubmissionOutcome[]> => {
        const worker = accounts.byGuid(account)?.worker;
        return worker === undefined ? ids.map((queueId) => ({ queueId, outcome: 'open' as const })) : worker.submit(ids);
      });
      return (await Promise.all(outcomes)).flat();
    },
    identify: ({ mails }) =>
      mails.map(({ bytes, size }) => {
        const { header } = splitHeader(bytes);
        return { messageId: messageIdOf(header) ?? null, digest: mailDigest(header, size) };
      }),
    prepareSend: ({ account, mail }) =>
      accounts.byGuid(account)?.worker.prepareSend(mail) ?? { ok: false, text: 'This account is not served here any more.' },
  };
}

function gone(wish: ObjectWish): RenderedObject {
  return { guid: wish.guid, kind: 'unavailable', retry: true };
}
