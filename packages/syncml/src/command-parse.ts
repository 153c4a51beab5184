// Reads the commands of a SyncBody, one function per command; children in any order, unknown ones ignored.
import { SyncmlError } from './errors.ts';
import { chalOf, credOf, itemsOf, mapItemsOf, parseSource, parseTarget, sourceOf, targetOf } from './item.ts';
import { maxCommandDepth, maxCommands } from './limits.ts';
import { metaOf } from './meta.ts';
import { parseData } from './data.ts';
import {
  badValue,
  child,
  childNodes,
  children,
  defined,
  flagOf,
  missing,
  numberOf,
  required,
  text,
  textOf,
  token,
  tokenOf,
} from './read.ts';
import type { Node } from './read.ts';
import type { Command, CommandName, Cred, Item, Meta } from './types.ts';

/** What every command has. */
interface Base {
  readonly cmdId: string;
  readonly noResp?: true;
  readonly cred?: Cred;
  readonly meta?: Meta;
}

/** How deep we are, and how many commands the message has had so far. */
interface Walk {
  readonly depth: number;
  readonly count: { value: number };
}

type Parsers = { readonly [N in CommandName]: (node: Node, base: Base, walk: Walk) => Extract<Command, { name: N }> };

const parsers: Parsers = {
  Add: (node, base) => ({ name: 'Add', ...base, items: items(node, base) }),
  Replace: (node, base) => ({ name: 'Replace', ...base, items: items(node, base) }),
  Copy: (node, base) => ({ name: 'Copy', ...base, items: items(node, base) }),
  Move: (node, base) => ({ name: 'Move', ...base, items: items(node, base) }),
  Delete: (node, base) =>
    defined({
      name: 'Delete',
      ...base,
      archive: flagOf(node, 'Archive'),
      sftDel: flagOf(node, 'SftDel'),
      items: items(node, base),
    }),
  Alert: (node, base) =>
    defined({
      name: 'Alert',
      ...base,
      data: textOf(node, 'Data'),
      correlator: textOf(node, 'Correlator'),
      items: items(node, base),
    }),
  Exec: (node, base) => defined({ name: 'Exec', ...base, correlator: textOf(node, 'Correlator'), items: items(node, base) }),
  Get: (node, base) => defined({ name: 'Get', ...base, lang: tokenOf(node, 'Lang'), items: items(node, base) }),
  Put: (node, base) => defined({ name: 'Put', ...base, lang: tokenOf(node, 'Lang'), items: items(node, base) }),
  Map: (node, base) => ({
    name: 'Map',
    ...base,
    target: parseTarget(required(node, 'Target')),
    source: parseSource(required(node, 'Source')),
    mapItems: mapItemsOf(node),
  }),
  Results: (node, base) =>
    defined({
      name: 'Results',
      ...base,
      msgRef: tokenOf(node, 'MsgRef'),
      cmdRef: token(required(node, 'CmdRef')),
      targetRef: textOf(node, 'TargetRef'),
      sourceRef: textOf(node, 'SourceRef'),
      items: items(node, base),
    }),
  Search: (node, base) => {
    const data = child(node, 'Data');
    return defined({
      name: 'Search',
      ...base,
      noResults: flagOf(node, 'NoResults'),
      target: targetOf(node),
      sources: children(node, 'Source').map(parseSource),
      lang: tokenOf(node, 'Lang'),
      data: data && parseData(data, false),
    });
  },
  Status: (node, base) => {
    const cmd = token(required(node, 'Cmd'));
    return defined({
      name: 'Status',
      ...base,
      msgRef: token(required(node, 'MsgRef')),
      // Symbian leaves CmdRef out where it answers the header.
      cmdRef: tokenOf(node, 'CmdRef') ?? (cmd === 'SyncHdr' ? '0' : missing(node, 'CmdRef')),
      cmd,
      targetRefs: children(node, 'TargetRef').map(text),
      sourceRefs: children(node, 'SourceRef').map(text),
      chal: chalOf(node),
      data: statusData(required(node, 'Data')),
      items: items(node, base),
    });
  },
  Sync: (node, base, walk) =>
    defined({
      name: 'Sync',
      ...base,
      target: targetOf(node),
      source: sourceOf(node),
      numberOfChanges: numberOf(node, 'NumberOfChanges'),
      commands: parseNested(node, walk),
    }),
  Atomic: (node, base, walk) => ({ name: 'Atomic', ...base, commands: parseNested(node, walk) }),
  Sequence: (node, base, walk) => ({ name: 'Sequence', ...base, commands: parseNested(node, walk) }),
};

function items(node: Node, base: Base): Item[] {
  return itemsOf(node, base.meta);
}

function statusData(node: Node): string {
  const code = token(node);
  return /^\d{3}$/.test(code) ? code : badValue(node, 'no status code');
}

/** Whether an element name is that of a command. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(parsers, name);
}

/** The commands among the children of SyncBody. An error names the outermost command that it was in. */
export function parseCommands(body: Node): Command[] {
  const walk: Walk = { depth: 1, count: { value: 0 } };
  return commandNodes(body).map((node) => {
    try {
      return parseCommand(node, walk);
    } catch (error) {
      if (!(error instanceof SyncmlError)) throw error;
      const id = child(node, 'CmdID');
      const cmdId =
        id?.element.content.length === 1 && typeof id.element.content[0] === 'string' ? id.element.content[0].trim() : undefined;
      throw error.at({ cmd: node.element.name, ...(cmdId !== undefined && { cmdId }) });
    }
  });
}

function parseNested(node: Node, walk: Walk): Command[] {
  const nested = commandNodes(node);
  if (nested.length > 0 && walk.depth >= maxCommandDepth) badValue(node, 'commands are nested too deep');
  return nested.map((command) => parseCommand(command, { ...walk, depth: walk.depth + 1 }));
}

function commandNodes(node: Node): Node[] {
  return childNodes(node).filter((candidate) => isCommandName(candidate.element.name));
}

function parseCommand(node: Node, walk: Walk): Command {
  walk.count.value += 1;
  if (walk.count.value > maxCommands) badValue(node, 'too many commands in a message');
  const { name } = node.element;
  if (!isCommandName(name)) return badValue(node, 'no command');
  return parsers[name](node, parseBase(node), walk);
}

function parseBase(node: Node): Base {
  const id = required(node, 'CmdID');
  const cmdId = token(id);
  if (cmdId === '') badValue(id, 'CmdID is empty');
  return defined({ cmdId, noResp: flagOf(node, 'NoResp'), cred: credOf(node), meta: metaOf(node) });
}
