// SyncML written by hand: commands as XML text. A `<CmdID/>` is numbered when the message is put together.
import type { Version } from '@packetboat/syncml';

export const emailType = 'application/vnd.omads-email+xml';
export const folderType = 'application/vnd.omads-folder+xml';

export interface Anchors {
  readonly last?: string | undefined;
  readonly next: string;
}

/** How the two datastores of a sync are called, each by its own side. */
export interface Uris {
  readonly server?: string;
  readonly client?: string;
}

export function alert(code: number | string, anchors: Anchors | null, uris: Uris = {}, filter = ''): string {
  const { server = './mail', client = './mail' } = uris;
  return (
    `<Alert><CmdID/><Data>${code}</Data><Item><Target><LocURI>${server}</LocURI>${filter}</Target>` +
    `<Source><LocURI>${client}</LocURI></Source>${anchors === null ? '' : `<Meta>${anchor(anchors)}</Meta>`}</Item></Alert>`
  );
}

export function anchor({ last, next }: Anchors): string {
  return `<Anchor xmlns='syncml:metinf'>${last === undefined ? '' : `<Last>${last}</Last>`}<Next>${next}</Next></Anchor>`;
}

/** The Alert that asks for the rest of a package. */
export const nextMessage = '<Alert><CmdID/><Data>222</Data><Item><Target><LocURI>./mail</LocURI></Target></Item></Alert>';

export function sync(commands = '', uris: Uris = {}, more = ''): string {
  const { server = './mail', client = './mail' } = uris;
  return `<Sync><CmdID/><Target><LocURI>${server}</LocURI></Target><Source><LocURI>${client}</LocURI></Source>${more}${commands}</Sync>`;
}

export interface ItemOptions {
  readonly parent?: string | undefined;
  /** Meta of the item. */
  readonly meta?: string;
  readonly more?: boolean;
}

/** An Add or Replace of an object that the device knows as `luid`. */
export function put(
  command: 'Add' | 'Replace' | 'Copy',
  luid: string,
  object: string,
  type = emailType,
  options: ItemOptions = {},
): string {
  return (
    `<${command}><CmdID/><Meta><Type xmlns='syncml:metinf'>${type}</Type></Meta><Item><Source><LocURI>${luid}</LocURI></Source>` +
    parentOf(options.parent) +
    `${options.meta === undefined ? '' : `<Meta>${options.meta}</Meta>`}<Data>${cdata(object)}</Data>` +
    `${options.more === true ? '<MoreData/>' : ''}</Item></${command}>`
  );
}

/** The parent of an item, by the sender's id. */
export function parentOf(parent: string | undefined): string {
  return parent === undefined ? '' : `<SourceParent><LocURI>${parent}</LocURI></SourceParent>`;
}

export function remove(luid: string, how: '' | '<Archive/>' | '<SftDel/>' = ''): string {
  return `<Delete><CmdID/>${how}<Item><Source><LocURI>${luid}</LocURI></Source></Item></Delete>`;
}

export function move(luid: string, parent: string | null, type = emailType): string {
  return (
    `<Move><CmdID/><Meta><Type xmlns='syncml:metinf'>${type}</Type></Meta><Item><Source><LocURI>${luid}</LocURI></Source>` +
    `${parentOf(parent ?? undefined)}</Item></Move>`
  );
}

export function map(pairs: readonly (readonly [guid: string, luid: string])[], uris: Uris = {}): string {
  const { server = './mail', client = './mail' } = uris;
  const items = pairs.map(
    ([guid, luid]) => `<MapItem><Target><LocURI>${guid}</LocURI></Target><Source><LocURI>${luid}</LocURI></Source></MapItem>`,
  );
  return `<Map><CmdID/><Target><LocURI>${server}</LocURI></Target><Source><LocURI>${client}</LocURI></Source>${items.join('')}</Map>`;
}

export function status(msgRef: string, cmdRef: string, cmd: string, code: number | string, more = ''): string {
  return `<Status><CmdID/><MsgRef>${msgRef}</MsgRef><CmdRef>${cmdRef}</CmdRef><Cmd>${cmd}</Cmd>${more}<Data>${code}</Data></Status>`;
}

/** An email object: flags by name, and the mail where there is one. */
export function email(flags: Readonly<Record<string, boolean>>, mail?: string, ext = ''): string {
  const fields = Object.entries(flags).map(([name, value]) => `<${name}>${String(value)}</${name}>`);
  const item = mail === undefined ? '' : `<emailitem>${escaped(mail).replaceAll('\r', '&#13;')}</emailitem>`;
  return `<Email>${fields.join('')}${item}${ext}</Email>`;
}

export function folder(name: string, role?: string): string {
  return `<Folder><name>${name}</name>${role === undefined ? '' : `<role>${role}</role>`}</Folder>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

export interface DevInfOptions {
  readonly version: Version;
  readonly deviceId: string;
  /** It takes folders. */
  readonly hierarchical?: boolean;
  /** Types of mails; the first is preferred. */
  readonly types?: readonly string[];
  readonly largeObjects?: boolean;
  readonly numberOfChanges?: boolean;
  readonly fieldLevel?: boolean;
  /** Before the DataStore, such as OEM. */
  readonly more?: string;
  /** In the DataStore, behind Tx. */
  readonly inStore?: string;
}

function contentType(name: string, type: string): string {
  return `<${name}><CTType>${type}</CTType><VerCT>1.2</VerCT></${name}>`;
}

/** A DevInf document of a device, in the words of its version. */
export function devInf(options: DevInfOptions): string {
  const { version, deviceId, hierarchical = true, types = [emailType], largeObjects = true, numberOfChanges = true } = options;
  const [preferred = emailType, ...others] = types;
  const rest = [...others, ...(hierarchical ? [folderType] : [])];
  const way = (name: string): string => contentType(`${name}-Pref`, preferred) + rest.map((type) => contentType(name, type)).join('');
  const flags =
    version === '1.0' ? '' : `<UTC/>${largeObjects ? '<SupportLargeObjs/>' : ''}${numberOfChanges ? '<SupportNumberOfChanges/>' : ''}`;
  const property = '<Property><PropName>read</PropName></Property><Property><PropName>emailitem</PropName></Property>';
  const cap = `<CTCap><CTType>${preferred}</CTType><VerCT>1.2</VerCT>${options.fieldLevel === true ? '<FieldLevel/>' : ''}${property}</CTCap>`;
  const capOld = `<CTCap><CTType>${preferred}</CTType><PropName>read</PropName><PropName>emailitem</PropName></CTCap>`;
  const is12 = version === '1.2';
  return (
    `<DevInf xmlns='syncml:devinf'><VerDTD>${version}</VerDTD><Man>Hand</Man><Mod>made</Mod>${options.more ?? ''}<DevID>${deviceId}</DevID>` +
    `<DevTyp>phone</DevTyp>${flags}<DataStore><SourceRef>./mail</SourceRef><MaxGUIDSize>64</MaxGUIDSize>${way('Rx')}${way('Tx')}` +
    `${is12 ? cap : ''}${options.inStore ?? ''}${is12 && hierarchical ? '<SupportHierarchicalSync/>' : ''}<SyncCap>` +
    `${[1, 2, 3, 4, 5, 6, 7].map((type) => `<SyncType>${type}</SyncType>`).join('')}</SyncCap></DataStore>${is12 ? '' : capOld}</DevInf>`
  );
}

/** The LocURI under which DevInf goes. */
export function devInfUri(version: Version): string {
  return `./devinf${version.replace('.', '')}`;
}

export function putDevInf(options: DevInfOptions): string {
  return (
    `<Put><CmdID/><Meta><Type xmlns='syncml:metinf'>application/vnd.syncml-devinf+xml</Type></Meta>` +
    `<Item><Source><LocURI>${devInfUri(options.version)}</LocURI></Source><Data>${devInf(options)}</Data></Item></Put>`
  );
}

export function getDevInf(version: Version): string {
  return (
    `<Get><CmdID/><Meta><Type xmlns='syncml:metinf'>application/vnd.syncml-devinf+xml</Type></Meta>` +
    `<Item><Target><LocURI>${devInfUri(version)}</LocURI></Target></Item></Get>`
  );
}
