// What a run of the client carries from message to message, and the pieces that plain and profile runs share.
import {
  AlertCode,
  contentTypes,
  devInfLocUri,
  devInfType,
  StatusCode,
  type Alert,
  type DevInf,
  type Filter,
  type Get,
  type Message,
  type Put,
  type Results,
  type Status,
  type Sync,
} from '@packetboat/syncml';
import { clientDatastore, clientDevInf } from '../capability/client-devinf.ts';
import { SessionError } from '../errors.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { profileExt } from '../profile.ts';
import { fingerprint } from '../security/digest.ts';
import { need, type Step } from '../step.ts';
import type { Gathering } from './apply.ts';
import type { ClientEnv } from './env.ts';
import type { ClientAnchors, ClientChange, ClientNeeds, ClientWrite, ServerKnowledge, SyncReport, SyncRequest } from './port.ts';
import type { ClientSession } from './session.ts';
import { abandonObject, type Upload } from './upload.ts';

export interface Run {
  readonly env: ClientEnv;
  readonly session: ClientSession;
  readonly request: SyncRequest;
  readonly fetch: string | null;
  knowledge: ServerKnowledge;
  anchors: ClientAnchors;
  type: SyncReport['type'];
  readonly upload: Upload;
  readonly gathering: Gathering;
  readonly received: { added: number; changed: number; deleted: number; moved: number };
  /** Profile: by LUID, the changes in the last message, since a Status of a group names only the item. */
  numbers: Map<string, readonly Pick<ClientChange, 'number' | 'op'>[]>;
  /** Messages in a row that had no room for what was to be sent. */
  empties: number;
  readonly refused: { luid: string; status: string; text: string | null }[];
}

const codes: Readonly<Record<SyncReport['type'], number>> = { 'two-way': 200, slow: 201, send: 202, receive: 204, refresh: 205 };

export function alertCodeOf(type: SyncReport['type']): number {
  return codes[type];
}

export function typeOfAlert(code: number): SyncReport['type'] | undefined {
  return (Object.keys(codes) as SyncReport['type'][]).find((type) => codes[type] === code);
}

/** What is asked for: whole mails or headers; for one mail alone an INCLUSIVE filter with its LUID. */
function filterOf(run: Run): Filter | undefined {
  if (run.env.version !== '1.2') return undefined;
  // A profile server has read in our DevInf what we want.
  if (run.upload.profile && run.fetch === null) return undefined;
  const whole = run.fetch !== null || run.env.wanted === 'full';
  const property = { propName: 'emailitem', ...(whole ? { propParam: [{ paramName: 'texttype' }, { paramName: 'attachtype' }] } : {}) };
  return {
    meta: { type: contentTypes.email },
    field: [property],
    ...(run.fetch === null
      ? {}
      : { record: `&LUID;&EQ;${encodeURIComponent(run.fetch)}`, recordType: contentTypes.filterCgi, filterType: 'INCLUSIVE' as const }),
  };
}

/** The Alert that opens the datastore, or goes on with it. */
export function alertCommand(run: Run, code: number, last: string | null, next: string, withFilter: boolean): Unnumbered<Alert> {
  const filter = withFilter ? filterOf(run) : undefined;
  return {
    name: 'Alert',
    data: String(code),
    items: [
      {
        target: { locUri: run.env.datastore, ...(filter === undefined ? {} : { filter }) },
        source: { locUri: clientDatastore },
        meta: { anchor: { ...(last === null ? {} : { last }), next } },
      },
    ],
  };
}

/** Put of our DevInf and Get of the server's, where the other side does not know it yet. */
export function introductions(run: Run): readonly Unnumbered<Put | Get>[] {
  const { env, knowledge } = run;
  const meta = { type: devInfType(env.encoding) };
  const locUri = devInfLocUri(env.version);
  const commands: Unnumbered<Put | Get>[] = [];
  if (knowledge.devInfSent !== devInfHash(env))
    commands.push({ name: 'Put', meta, items: [{ source: { locUri }, data: { kind: 'devInf', devInf: clientDevInf(env) } }] });
  if (knowledge.devInf === null) commands.push({ name: 'Get', meta, items: [{ target: { locUri } }] });
  return commands;
}

function devInfHash(env: ClientEnv): string {
  return fingerprint(JSON.stringify(clientDevInf(env)), env.url).slice(0, 16);
}

/** Keeps what the server told about itself; returns what has to be written for it. */
export function learn(run: Run, reply: Message): readonly ClientWrite[] {
  const results = reply.commands.filter((command): command is Results | Put => command.name === 'Results' || command.name === 'Put');
  const found = results.flatMap((command) => command.items.flatMap((item) => (item.data?.kind === 'devInf' ? [item.data.devInf] : [])));
  const knowledge = {
    devInfSent: devInfHash(run.env),
    version: run.env.version,
    ...(found[0] === undefined ? {} : { devInf: new TextEncoder().encode(JSON.stringify(found[0])) }),
  };
  if (knowledge.devInfSent === run.knowledge.devInfSent && found[0] === undefined && run.knowledge.version === run.env.version) return [];
  run.knowledge = { ...run.knowledge, ...knowledge };
  return [{ write: 'knowledge', knowledge }];
}

/** Whether the server announced our profile. */
export function serverHasProfile(knowledge: ServerKnowledge): boolean {
  if (knowledge.devInf === null) return false;
  try {
    const devInf = JSON.parse(new TextDecoder().decode(knowledge.devInf)) as Partial<DevInf>;
    return devInf.ext?.some((ext) => ext.xNam === profileExt.profile) === true;
  } catch {
    return false;
  }
}

export function asksForDevInf(reply: Message): boolean {
  return reply.commands.some((command) => command.name === 'Get');
}

/** The server, which was thought to know us, does not: it asks what we are, or answers like one that has not been told of the profile. */
export function isStranger(reply: Message): boolean {
  // A refusal has its own words.
  const isRefused = statusesOf(reply).some(
    (s) => s.cmd === 'Alert' && s.data !== String(StatusCode.RefreshRequired) && Number(s.data) >= 300,
  );
  return asksForDevInf(reply) || (!isRefused && !/^\d+$/.test(alertOf(reply)?.last ?? ''));
}

/** Both sides have to tell again what they are. */
export function* forgetServer(run: Run): Step<ClientNeeds, void> {
  // What was sent was not executed, and goes again.
  run.upload.counts = { added: 0, changed: 0, deleted: 0, moved: 0 };
  yield* commit([{ write: 'knowledge', knowledge: { devInf: null, devInfSent: null } }]);
}

/** Our own DevInf is with the server, and its with us. */
export function introduced(run: Run): boolean {
  return run.knowledge.devInf !== null && run.knowledge.devInfSent === devInfHash(run.env);
}

export function statusesOf(reply: Message): readonly Status[] {
  return reply.commands.filter((command): command is Status => command.name === 'Status');
}

/** The server's Alert for our datastore. */
export function alertOf(
  reply: Message,
):
  | { readonly code: number; readonly last: string | undefined; readonly next: string; readonly cmdId: string; readonly alert: Alert }
  | undefined {
  for (const command of reply.commands) {
    if (command.name !== 'Alert') continue;
    const code = Number(command.data);
    const anchor = command.items[0]?.meta?.anchor;
    if (code >= AlertCode.TwoWay && code <= AlertCode.RefreshFromServerByServer && anchor !== undefined)
      return { code, last: anchor.last, next: anchor.next, cmdId: command.cmdId, alert: command };
  }
  return undefined;
}

export function syncsOf(reply: Message): readonly Sync[] {
  return reply.commands.filter((command): command is Sync => command.name === 'Sync');
}

/** A failed Alert ends the run, with the reason in the user's words. 508 does not: it leads to a slow sync. */
export function checkAlertStatus(run: Run, reply: Message): void {
  const status = statusesOf(reply).find((s) => s.cmd === 'Alert' && s.data !== String(StatusCode.RefreshRequired) && Number(s.data) >= 300);
  if (status === undefined) return;
  const text = status.items[0]?.data;
  const words = text?.kind === 'text' ? `: ${text.text}` : '';
  if (status.data === String(StatusCode.NotFound))
    throw new SessionError('ERR_SESSION_REFUSED', `the server has no datastore ${run.env.datastore}${words}`);
  throw new SessionError(
    'ERR_SESSION_REFUSED',
    `the server refused a ${run.type} sync of ${run.env.datastore} with status ${status.data}${words}`,
  );
}

/** The changes that travel as a command. */
const opsOf: Readonly<Record<string, readonly ClientChange['op'][]>> = {
  Add: ['add', 'folder'],
  Replace: ['flags', 'add'],
  Move: ['move'],
  Delete: ['delete'],
};

/** The user's changes that Statuses speak of: refused ones are told, in plain runs executed ones are folded. */
export function judgeStatuses(run: Run, reply: Message, plain: boolean): readonly ClientWrite[] {
  const writes: ClientWrite[] = [];
  for (const status of statusesOf(reply)) {
    if (
      status.cmd === 'SyncHdr' ||
      status.cmd === 'Alert' ||
      status.cmd === 'Sync' ||
      status.cmd === 'Put' ||
      status.cmd === 'Get' ||
      status.cmd === 'Map'
    )
      continue;
    const key = `${run.session.resent.get(status.msgRef) ?? status.msgRef} ${status.cmdRef}`;
    const named = status.sourceRefs[0] ?? status.targetRefs[0];
    const change = run.upload.waiting.get(key);
    const code = status.data;
    // In plain runs what is asked for no change of the user is no answer to one, or has been told before.
    if (code === String(StatusCode.ChunkAccepted) || (change === undefined && (plain || named === undefined))) continue;
    if (plain) run.upload.waiting.delete(key);
    if (code.startsWith('2') || code === '418' || (change?.op === 'delete' && (code === '404' || code === '410'))) {
      if (plain && change !== undefined) writes.push({ write: 'fold', numbers: [change.number] });
      continue;
    }
    const item = status.items[0]?.data;
    const text = item?.kind === 'text' ? item.text : null;
    const ops = opsOf[status.cmd] ?? [];
    const sent = plain ? (change === undefined ? [] : [change]) : (run.numbers.get(named ?? '') ?? []).filter(({ op }) => ops.includes(op));
    // What was only listed was no wish of the user.
    if (!plain && sent.length === 0) continue;
    run.refused.push({ luid: named ?? change?.luid ?? '', status: code, text });
    for (const { number } of sent) abandonObject(run.upload, number);
    for (const { number } of sent) writes.push({ write: 'refuse', number, status: code, text });
  }
  return writes;
}

/** Ends a run whose messages have no room for anything: the second one in a row cannot be for what else was in it. */
export function checkProgress(run: Run, writer: MessageWriter, complete: boolean): void {
  run.empties = complete || !writer.nothingInside ? 0 : run.empties + 1;
  if (run.empties >= 2) throw tooSmall(run);
}

/** There is no fixed floor: it depends on addresses and encoding, and is about 500 bytes in WBXML, 1,300 in XML (`limits.leastData`). */
export function tooSmall(run: Run): SessionError {
  return new SessionError(
    'ERR_SESSION_PROTOCOL',
    `the server takes messages of ${run.session.maxMsgSize} bytes, which are too small to send anything in`,
  );
}

export function* commit(writes: readonly ClientWrite[]): Step<ClientNeeds, void> {
  if (writes.length > 0) yield* need<ClientNeeds, 'commit'>('commit', { writes });
}

export function addCounts(to: Run['received'], from: Readonly<Run['received']>): void {
  to.added += from.added;
  to.changed += from.changed;
  to.deleted += from.deleted;
  to.moved += from.moved;
}
