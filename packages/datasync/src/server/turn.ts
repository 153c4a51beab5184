// One message being answered: what came, what has been decided so far, what will be written. Lives for one step only.
import { StatusCode, type Alert, type Chal, type DevInf, type Item, type Message, type Results, type Command } from '@packetboat/syncml';
import type { ServerIdentity } from '../capability/server-devinf.ts';
import type { DeviceCapability } from '../capability/device.ts';
import type { AuthType } from '../security/credential.ts';
import { need, type Step } from '../step.ts';
import type { AccountRecord, ServerNeeds, ServerWrite } from './port.ts';
import type { Answer, DatastoreState, SessionState } from './state.ts';

/** What surrounds a step and stays the same: time, randomness, the server's own names. */
export interface ServerEnv {
  /** ms since 1970. */
  readonly now: number;
  readonly random: (bytes: number) => Uint8Array;
  /** Key from which nonces are derived. */
  readonly secret: Uint8Array;
  /** Address of the endpoint as devices reach it. */
  readonly url: string;
  readonly identity: ServerIdentity;
  /** What a device without credentials is asked for. */
  readonly challenge: AuthType;
  /** What this server is called and logs in with, when a device asks it to. */
  readonly ownLogin?: { readonly name: string; readonly password: string };
}

export interface Turn {
  readonly env: ServerEnv;
  readonly message: Message;
  readonly person: string;
  readonly deviceId: string;
  readonly session: SessionState;
  devInf: DevInf | undefined;
  capability: DeviceCapability;
  readonly writes: ServerWrite[];
  readonly accounts: Map<string, AccountRecord>;
  /** CmdIDs that get no Status. */
  readonly silenced: ReadonlySet<string>;
  readonly statuses: Answer[];
  readonly results: Omit<Results, 'cmdId' | 'name'>[];
  readonly alerts: Omit<Alert, 'cmdId' | 'name'>[];
  /** Datastores, by key, that an Alert of this message has opened. */
  readonly opened: Set<string>;
  /** Why the Alert of a datastore failed in this message: its Sync is not executed. */
  readonly failedAlerts: Map<string, string>;
  /** Statuses whose code is known only when a submission has been tried, by queue id; none where no Status is wanted. */
  readonly openSubmissions: Map<string, Answer[]>;
  /** Mails of this message that are to be sent, by account and content: the same one under another LUID is not sent again. */
  readonly outgoing: Map<string, { readonly queueId: string; readonly key: string; readonly luid: string }>;
  /** Profile datastores of this message, by key, with the last change number it holds. */
  readonly clientNext: Map<string, string>;
  /** Spool objects written in this message: they cannot be read back before the commit. */
  readonly spooled: Map<string, Uint8Array>;
  /** Spool objects to drop with the last commit of the message: before it, the stored session may still need them. */
  readonly dropped: string[];
  /** Profile datastores whose reply has a batch number of its own already. */
  readonly numbered: Set<string>;
  /** Datastores, by key, whose device was asked for mails that it has listed and that are unknown here. */
  readonly missing: Set<string>;
  /** The client asked for the next message (222). */
  askedNext: boolean;
}

/** Queues a Status, and returns it unless none is wanted. Profile clients hear of failures only: success is in the anchor. */
export function answer(
  turn: Turn,
  to: { cmdId: string; name: string },
  code: number | string,
  more: { target?: string; source?: string; items?: readonly Item[]; chal?: Chal } = {},
): Answer | undefined {
  const data = String(code);
  if (turn.session.profile && data.startsWith('2') && code !== StatusCode.NotExecuted && more.chal === undefined && to.name !== 'Get')
    return undefined;
  if (to.cmdId !== '0' && (turn.message.header.noResp === true || turn.silenced.has(to.cmdId))) return undefined;
  const status: Answer = {
    msgRef: turn.message.header.msgId,
    cmdRef: to.cmdId,
    cmd: to.name,
    targetRefs: more.target === undefined ? [] : [more.target],
    sourceRefs: more.source === undefined ? [] : [more.source],
    data,
    items: more.items ?? [],
    ...(more.chal === undefined ? {} : { chal: more.chal }),
  };
  turn.statuses.push(status);
  return status;
}

/** CmdIDs of the commands with NoResp, inside others too: no Status is wanted for them. */
export function silencedCommands(commands: readonly Command[]): ReadonlySet<string> {
  const silenced = new Set<string>();
  for (const command of commands) {
    if (command.noResp === true) silenced.add(command.cmdId);
    if ('commands' in command) for (const cmdId of silencedCommands(command.commands)) silenced.add(cmdId);
  }
  return silenced;
}

/** Text for people in a Status, cut and without control characters. */
export function textItem(text: string): readonly Item[] {
  const clean = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, 400);
  return [{ data: { kind: 'text', text: clean } }];
}

/** The run of a plain session, or the batch number of this reply in a profile session. */
export function batchOf(turn: Turn, ds: DatastoreState): number {
  if (turn.session.profile && !turn.numbered.has(ds.key)) {
    turn.numbered.add(ds.key);
    ds.batch += 1;
  }
  return ds.batch;
}

export function findDatastore(turn: Turn, key: string): DatastoreState | undefined {
  return turn.session.datastores.find((ds) => ds.key === key);
}

/** Replaces a datastore's state of the session by one with other fields. */
export function setDatastore(turn: Turn, next: DatastoreState): void {
  turn.session.datastores = [...turn.session.datastores.filter((ds) => ds.key !== next.key), next];
}

/** The account as it is now; remembered, since its revision is what a commit compares. */
export function* loadAccount(turn: Turn, key: string, path: readonly string[]): Step<ServerNeeds, AccountRecord | undefined> {
  const known = turn.accounts.get(key);
  if (known !== undefined) return known;
  const found = yield* need<ServerNeeds, 'account'>('account', { person: turn.person, path });
  if (found === null) return undefined;
  turn.accounts.set(key, found.account);
  return found.account;
}

/** Commits what has been decided so far, when later decisions must read it. */
export function* flush(turn: Turn): Step<ServerNeeds, void> {
  if (turn.writes.length === 0) return;
  yield* need<ServerNeeds, 'commit'>('commit', { writes: [...turn.writes], accountRevs: accountRevs(turn) });
  turn.writes.length = 0;
  // The commit has moved the revisions: what is decided next is compared with the new ones.
  turn.accounts.clear();
}

export function accountRevs(turn: Turn): Record<string, number> {
  const revs: Record<string, number> = {};
  for (const account of turn.accounts.values()) revs[account.guid] = account.rev;
  return revs;
}
