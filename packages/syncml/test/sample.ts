// Small messages written by hand, as peers write them.
import { decodeMessage } from '../src/index.ts';
import type { Command, CommandName, Data, Filter, Item, Message } from '../src/index.ts';
import { utf8 } from './hex.ts';

/** A header that is complete. */
export const headerXml =
  '<SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' +
  '<Target><LocURI>http://server/</LocURI></Target><Source><LocURI>device</LocURI></Source></SyncHdr>';

/** An XML message with these commands. */
export function messageXml(commands: string, header = headerXml): Uint8Array {
  return utf8(`<SyncML xmlns="SYNCML:SYNCML1.2">${header}<SyncBody>${commands}<Final/></SyncBody></SyncML>`);
}

export function readMessage(commands: string, header = headerXml): Message {
  return decodeMessage(messageXml(commands, header), 'xml');
}

/** The first command of a message, which must have that name. */
export function firstCommand<N extends CommandName>(message: Message, name: N): Extract<Command, { name: N }> {
  const [command] = message.commands;
  if (command === undefined || !isNamed(command, name)) throw new Error(`no ${name}`);
  return command;
}

function isNamed<N extends CommandName>(command: Command, name: N): command is Extract<Command, { name: N }> {
  return command.name === name;
}

/** The item of an Add whose Item holds this XML. */
export function readItem(item: string): Item {
  const [first] = firstCommand(readMessage(`<Add><CmdID>1</CmdID><Item>${item}</Item></Add>`), 'Add').items;
  if (!first) throw new Error('no item');
  return first;
}

/** The Data of an item. */
export function readData(data: string, meta = ''): Data | undefined {
  return readItem(`${meta}${data}`).data;
}

/** The filter of an Alert whose Target holds this Filter. */
export function readFilter(filter: string): Filter | undefined {
  const target = `<Target><LocURI>./mail</LocURI>${filter}</Target>`;
  const alert = firstCommand(readMessage(`<Alert><CmdID>1</CmdID><Data>200</Data><Item>${target}</Item></Alert>`), 'Alert');
  return alert.items[0]?.target?.filter;
}
