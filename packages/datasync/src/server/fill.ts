// Puts what a step has decided into one message of the size that the device takes, and keeps what does not fit for the next.
// DS Protocol 1.2 §3.6 (many messages in a package).
import { encodeMessage, StatusCode, type SyncHdr } from '@packetboat/syncml';
import { SessionError } from '../errors.ts';
import { limits } from '../limits.ts';
import { MessageWriter, type Unnumbered } from '../message/message-writer.ts';
import type { Step } from '../step.ts';
import { complete, profileAlerts } from './complete.ts';
import { largestHeader, withLogin } from './own-login.ts';
import type { ServerNeeds } from './port.ts';
import { sendAll } from './send.ts';
import { leastChunkFits } from './send-object.ts';
import { Stage, type Answer, type SessionState } from './state.ts';
import type { Turn } from './turn.ts';

type Command = Unnumbered;

export function* fill(turn: Turn, head: SyncHdr, sentBefore: ReadonlySet<string>, clientDone: boolean): Step<ServerNeeds, Uint8Array> {
  const { session, message } = turn;
  const writer = new MessageWriter(largestHeader(head, turn.env), session.encoding, session.maxMsgSize);
  if (session.profile) yield* profileAlerts(turn);
  const statuses = new Statuses(turn);
  statuses.putHeader(writer);
  // Statuses may fill messages; the Alerts and Results of this one must not wait for it.
  const first = dueCommands(turn, writer);
  const reserved = first.reduce((sum, command) => sum + writer.size(command), 0);
  writer.reserve(reserved);
  const isAnswered = statuses.put(writer, first.length === 0);
  writer.reserve(-reserved);
  for (const command of first) writer.put(command);
  let more = !isAnswered || session.postponed.length > 0;
  if (!more) more = !(yield* sendAll(turn, writer, () => emptyWriter(turn, head)));
  if (!clientDone && !session.profile && !turn.askedNext && turn.alerts.length === 0) {
    writer.put({
      name: 'Alert',
      data: '222',
      items: [{ target: { locUri: turn.deviceId }, source: { locUri: message.header.target.locUri } }],
    });
  }
  yield* complete(turn, sentBefore);
  const final = clientDone && !more;
  session.owesFinal = clientDone && !final;
  // With the whole exchange in one message nothing follows, and the address of the session would be wasted.
  const header = final && session.profile && head.respUri !== undefined && allDone(session) ? withoutRespUri(head) : head;
  const loggedIn = withLogin(header, session.ownLogin, turn.env);
  return encodeMessage({ header: loggedIn, commands: writer.finish(), final }, session.encoding, { cdata: true });
}

/** Whether a message of the device's size holds less than what every message holds, and with it a piece of a mail that is worth one. */
export function tooSmall(turn: Turn, head: SyncHdr): boolean {
  const writer = emptyWriter(turn, head);
  if (writer === undefined) return true;
  // SyncML 1.0 has no chunks (MoreData), nor room to ask for.
  return head.version !== '1.0' && !leastChunkFits(writer);
}

/** A message with nothing in it but the answers that every message of a long exchange has; undefined when they do not fit. */
function emptyWriter(turn: Turn, head: SyncHdr): MessageWriter | undefined {
  const writer = new MessageWriter(largestHeader(head, turn.env), turn.session.encoding, turn.session.maxMsgSize);
  if (turn.session.profile) return writer.put(profileAlert) === undefined ? undefined : writer;
  const { target, source } = turn.message.header;
  const status = (cmd: string, refs: Pick<Answer, 'targetRefs' | 'sourceRefs'>): Command => ({
    name: 'Status',
    msgRef: turn.message.header.msgId,
    cmdRef: '99',
    cmd,
    ...refs,
    data: '200',
    items: [],
  });
  const header = writer.put(status('SyncHdr', { targetRefs: [target.locUri], sourceRefs: [source.locUri] }));
  const next = writer.put(status('Alert', { targetRefs: [], sourceRefs: [] }));
  return header === undefined || next === undefined ? undefined : writer;
}

/** What every answer to a profile device has; its words are no longer than these. */
const profileAlert: Command = {
  name: 'Alert',
  data: '200',
  items: [{ target: { locUri: './mail' }, source: { locUri: './mail' }, meta: { anchor: { last: '99999999', next: 'zz.zzzz.zzzzzz' } } }],
};

/** Results and Alerts that go with this message; what does not fit is put off until the next. */
function dueCommands(turn: Turn, writer: MessageWriter): readonly Command[] {
  const { session } = turn;
  const all: Command[] = [
    ...session.postponed,
    ...turn.results.map((result) => ({ name: 'Results' as const, ...result })),
    ...turn.alerts.map((alert) => ({ name: 'Alert' as const, ...alert })),
    ...(turn.devInf === undefined && session.msgId === 1 ? [getDevInf(session)] : []),
  ];
  const due: Command[] = [];
  let { room } = writer;
  session.postponed = [];
  for (const command of all) {
    const size = writer.size(command);
    if (size > writer.room) refuseResults(turn, command);
    else if (size <= room && session.postponed.length === 0) {
      due.push(command);
      room -= size;
    } else session.postponed.push(command);
  }
  return due;
}

/** What was asked for fits into no message that the device takes. */
function refuseResults(turn: Turn, command: Command): void {
  if (command.name !== 'Results') return;
  const status = turn.statuses.find((each) => each.cmd === 'Get' && each.cmdRef === command.cmdRef && each.msgRef === command.msgRef);
  if (status !== undefined) status.data = String(StatusCode.EntityTooLarge);
}

/** The Statuses that are owed, those of earlier messages first. */
class Statuses {
  readonly #turn: Turn;
  readonly #waiting: Answer[];

  constructor(turn: Turn) {
    this.#turn = turn;
    this.#waiting = [...turn.session.spilled, ...turn.statuses];
  }

  /** Every message begins with the one for the header. */
  putHeader(writer: MessageWriter): void {
    const at = this.#waiting.findIndex((status) => status.cmd === 'SyncHdr');
    if (at < 0) return;
    for (const status of this.#waiting.splice(at, 1)) putShortened(writer, status);
  }

  /** False when some did not fit: they go first in the next message. `isAlone`: nothing else has a claim to the room. */
  put(writer: MessageWriter, isAlone: boolean): boolean {
    let done = 0;
    for (const status of this.#waiting) {
      const isIn = writer.put({ name: 'Status', ...status }) !== undefined || (isAlone && done === 0 && putShortened(writer, status));
      if (!isIn) break;
      done += 1;
    }
    const left = this.#waiting.slice(done);
    if (left.length > limits.spilledStatuses)
      throw new SessionError('ERR_SESSION_PROTOCOL', 'too many commands wait for their Status: read answers before sending more');
    this.#turn.session.spilled = left;
    return left.length === 0;
  }
}

/** Rather without its words, or without the names of the item, than never. */
export function putShortened(writer: MessageWriter, status: Answer): boolean {
  const forms = [status, { ...status, items: [] }, { ...status, items: [], targetRefs: [], sourceRefs: [] }];
  return forms.some((form) => writer.put({ name: 'Status', ...form }) !== undefined);
}

function allDone(session: SessionState): boolean {
  return session.datastores.length > 0 && session.datastores.every((ds) => ds.stage >= Stage.Sent);
}

function withoutRespUri(head: SyncHdr): SyncHdr {
  const { respUri: _unused, ...rest } = head;
  return rest;
}

function getDevInf(session: SessionState): Command {
  const type = session.encoding === 'wbxml' ? 'application/vnd.syncml-devinf+wbxml' : 'application/vnd.syncml-devinf+xml';
  return { name: 'Get', meta: { type }, items: [{ target: { locUri: `./devinf${session.version.replace('.', '')}` } }] };
}
