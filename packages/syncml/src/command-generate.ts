// Writes commands, one function per command, children in the order of the DS Representation 1.2 DTD.
// What the DTD gives a command no place for (Meta in an Alert, NoResp in a Map) is not written.
import type { Element } from '@packetboat/wbxml';
import { devInfType, isDevInfType } from './content-types.ts';
import { generateData } from './data.ts';
import { SyncmlError } from './errors.ts';
import { generateChal, generateCred, generateItem, generateMapItem, generateSource, generateTarget } from './item.ts';
import type { Form } from './item.ts';
import { generateMeta } from './meta.ts';
import type {
  Add,
  Alert,
  Atomic,
  Command,
  Copy,
  Delete,
  Exec,
  Get,
  Item,
  MapCommand,
  Meta,
  Move,
  Put,
  Replace,
  Results,
  Search,
  Sequence,
  Status,
  Sync,
} from './types.ts';
import { writer } from './write.ts';

const { el, flag, leaf, leaves } = writer('syncml');

/** The element of a command. Throws ERR_SYNCML_VERSION for what would mean something else without the missing element. */
export function generateCommand(command: Command, form: Form): Element {
  switch (command.name) {
    case 'Add':
    case 'Replace':
    case 'Copy':
    case 'Move':
      return generateItemsCommand(command, form);
    case 'Delete':
      return generateDelete(command, form);
    case 'Alert':
      return generateAlert(command, form);
    case 'Exec':
      return generateExec(command, form);
    case 'Get':
      return generateGet(command, form);
    case 'Put':
      return generatePut(command, form);
    case 'Map':
      return generateMap(command, form);
    case 'Results':
      return generateResults(command, form);
    case 'Search':
      return generateSearch(command, form);
    case 'Status':
      return generateStatus(command, form);
    case 'Sync':
      return generateSync(command, form);
    case 'Atomic':
    case 'Sequence':
    default:
      return generateContainer(command, form);
  }
}

function generateItemsCommand(command: Add | Replace | Copy | Move, form: Form): Element {
  if (command.name === 'Move' && form.version !== '1.2') {
    throw new SyncmlError('ERR_SYNCML_VERSION', `there is no Move in SyncML ${form.version}`);
  }
  return el(command.name, idAndNoResp(command), credAndMeta(command, form), items(command.items, form));
}

function generateDelete(command: Delete, form: Form): Element {
  return el(
    'Delete',
    idAndNoResp(command),
    flag('Archive', command.archive),
    flag('SftDel', command.sftDel),
    credAndMeta(command, form),
    items(command.items, form),
  );
}

function generateAlert(command: Alert, form: Form): Element {
  return el(
    'Alert',
    idAndNoResp(command),
    generateCred(command.cred, form),
    leaf('Data', command.data),
    correlator(command, form),
    items(command.items, form),
  );
}

function generateExec(command: Exec, form: Form): Element {
  return el('Exec', idAndNoResp(command), credAndMeta(command, form), correlator(command, form), items(command.items, form));
}

function generateGet(command: Get, form: Form): Element {
  const list = command.items.map((item) => (item.meta ? { ...item, meta: carried(item.meta, form) } : item));
  return el(
    'Get',
    idAndNoResp(command),
    leaf('Lang', command.lang),
    generateCred(command.cred, form),
    generateMeta(command.meta && carried(command.meta, form), form.version),
    items(list, form),
  );
}

function generatePut(command: Put, form: Form): Element {
  return el(
    'Put',
    idAndNoResp(command),
    leaf('Lang', command.lang),
    generateCred(command.cred, form),
    generateMeta(carrierMeta(command, form), form.version),
    carrierItems(command.items, form),
  );
}

function generateMap(command: MapCommand, form: Form): Element {
  return el(
    'Map',
    leaf('CmdID', command.cmdId),
    generateTarget(command.target, form),
    generateSource(command.source),
    credAndMeta(command, form),
    command.mapItems.map((item) => generateMapItem(item, form)),
  );
}

function generateResults(command: Results, form: Form): Element {
  return el(
    'Results',
    leaf('CmdID', command.cmdId),
    leaf('MsgRef', command.msgRef),
    leaf('CmdRef', command.cmdRef),
    generateMeta(carrierMeta(command, form), form.version),
    leaf('TargetRef', command.targetRef),
    leaf('SourceRef', command.sourceRef),
    carrierItems(command.items, form),
  );
}

function generateSearch(command: Search, form: Form): Element {
  return el(
    'Search',
    idAndNoResp(command),
    flag('NoResults', command.noResults),
    generateCred(command.cred, form),
    command.target && generateTarget(command.target, form),
    command.sources.map(generateSource),
    leaf('Lang', command.lang),
    generateMeta(command.meta, form.version),
    generateData(command.data, form.encoding),
  );
}

function generateStatus(command: Status, form: Form): Element {
  return el(
    'Status',
    leaf('CmdID', command.cmdId),
    leaf('MsgRef', command.msgRef),
    leaf('CmdRef', command.cmdRef),
    leaf('Cmd', command.cmd),
    leaves('TargetRef', command.targetRefs),
    leaves('SourceRef', command.sourceRefs),
    generateCred(command.cred, form),
    generateChal(command.chal, form),
    leaf('Data', command.data),
    items(command.items, form),
  );
}

function generateSync(command: Sync, form: Form): Element {
  return el(
    'Sync',
    idAndNoResp(command),
    generateCred(command.cred, form),
    command.target && generateTarget(command.target, form),
    command.source && generateSource(command.source),
    generateMeta(command.meta, form.version),
    // A hint only, and unknown to 1.0.
    form.version === '1.0' ? undefined : leaf('NumberOfChanges', command.numberOfChanges),
    command.commands.map((nested) => generateCommand(nested, form)),
  );
}

function generateContainer(command: Atomic | Sequence, form: Form): Element {
  return el(
    command.name,
    idAndNoResp(command),
    generateMeta(command.meta, form.version),
    command.commands.map((nested) => generateCommand(nested, form)),
  );
}

function idAndNoResp(command: Command): Element[] {
  return [leaf('CmdID', command.cmdId), flag('NoResp', command.noResp)].filter((element) => element !== undefined);
}

function credAndMeta(command: Command, form: Form): Element[] {
  return [generateCred(command.cred, form), generateMeta(command.meta, form.version)].filter((element) => element !== undefined);
}

function items(list: readonly Item[], form: Form): Element[] {
  return list.map((item) => generateItem(item, form));
}

/** Correlator is a hint of 1.2. */
function correlator(command: Alert | Exec, form: Form): Element | undefined {
  return form.version === '1.2' ? leaf('Correlator', command.correlator) : undefined;
}

/** The Type of device information follows the encoding of the message, whatever the caller wrote: phones answer 415 otherwise. */
function carried(meta: Meta, form: Form): Meta {
  return isDevInfType(meta.type) ? { ...meta, type: devInfType(form.encoding) } : meta;
}

/** As `carried`, where an item really is device information in the encoding's own form. XML text in WBXML keeps its type. */
function carrierMeta(command: Put | Results, form: Form): Meta | undefined {
  return command.items.some((item) => item.data?.kind === 'devInf') && command.meta ? carried(command.meta, form) : command.meta;
}

function carrierItems(list: readonly Item[], form: Form): Element[] {
  return list.map((item) =>
    generateItem(item.meta && item.data?.kind === 'devInf' ? { ...item, meta: carried(item.meta, form) } : item, form),
  );
}
