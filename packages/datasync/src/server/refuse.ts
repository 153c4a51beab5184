// The answer to whom nothing is done for: no log-in, no version in common, no room. DS Protocol 1.2 §5.
import { encodeMessage, type Encoding, type Message, type Status, type SyncHdr } from '@packetboat/syncml';
import { limits } from '../limits.ts';
import { MessageWriter } from '../message/message-writer.ts';
import { putShortened } from './fill.ts';
import { textItem } from './turn.ts';

/** A Status for the header of a message (CmdID 0) or for a command in it. */
export function statusOf(header: SyncHdr, to: { readonly cmdId: string; readonly name: string }, code: number, cmdId = '0'): Status {
  const isHeader = to.name === 'SyncHdr';
  return {
    name: 'Status',
    cmdId,
    msgRef: header.msgId,
    cmdRef: to.cmdId,
    cmd: to.name,
    targetRefs: isHeader ? [header.target.locUri] : [],
    sourceRefs: isHeader ? [header.source.locUri] : [],
    data: String(code),
    items: [],
  };
}

/** One code for the header and for every command that there is room for. No Final, no RespURI. */
export function refuse(
  message: Message,
  encoding: Encoding,
  why: { readonly code: number; readonly chal?: Status['chal']; readonly text?: string },
): Uint8Array {
  const { header } = message;
  const first: Status = {
    ...statusOf(header, { cmdId: '0', name: 'SyncHdr' }, why.code, '1'),
    ...(why.chal === undefined ? {} : { chal: why.chal }),
    items: why.text === undefined ? [] : textItem(why.text),
  };
  const answered = message.commands
    .slice(0, limits.refusedCommands)
    .filter((command) => command.name !== 'Status' && command.name !== 'Results');
  const reply: SyncHdr = {
    version: header.version,
    sessionId: header.sessionId,
    msgId: '1',
    target: { locUri: header.source.locUri },
    source: { locUri: header.target.locUri },
  };
  const writer = new MessageWriter(reply, encoding, header.meta?.maxMsgSize ?? limits.messageBytes);
  putShortened(writer, first);
  for (const command of answered) if (writer.put(statusOf(header, command, why.code)) === undefined) break;
  return encodeMessage({ header: reply, commands: writer.finish(), final: false }, encoding);
}
