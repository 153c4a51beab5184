// The SyncML message set as data, one interface per element of the OMA DS 1.2 representation protocol.
// Elements keep their OMA names; fields are the child element in camelCase. Everything here is immutable.

/** Protocol version of a message: VerDTD `1.0` to `1.2`, VerProto `SyncML/1.x`. */
export type Version = '1.0' | '1.1' | '1.2';

/** How a message is carried. */
export type Encoding = 'xml' | 'wbxml';

/** MetInf Anchor: opaque strings, compared for equality only. */
export interface Anchor {
  readonly last?: string;
  readonly next: string;
}

/** MetInf Mem: bytes and item slots free on the device. */
export interface Mem {
  readonly sharedMem?: boolean;
  readonly freeMem?: number;
  readonly freeId?: number;
}

/** Meta, with the children of MetInf. Sizes are bytes. `nextNonce` is decoded from its base64 (or is the raw OPAQUE). */
export interface Meta {
  readonly format?: string;
  readonly type?: string;
  readonly mark?: string;
  readonly size?: number;
  readonly anchor?: Anchor;
  readonly version?: string;
  readonly nextNonce?: Uint8Array;
  readonly maxMsgSize?: number;
  readonly maxObjSize?: number;
  readonly emi?: readonly string[];
  readonly mem?: Mem;
  readonly fieldLevel?: boolean;
}

export interface Property {
  readonly propName: string;
  readonly dataType?: string;
  readonly maxOccur?: number;
  readonly maxSize?: number;
  readonly noTruncate?: boolean;
  readonly valEnum?: readonly string[];
  readonly displayName?: string;
  readonly propParam?: readonly PropParam[];
}

export interface PropParam {
  readonly paramName: string;
  readonly dataType?: string;
  /** 1.1 CTCap only. */
  readonly size?: number;
  readonly valEnum?: readonly string[];
  readonly displayName?: string;
}

/** Filter in the Target of an Alert, Sync or Get (1.2). `field` is the list of properties wanted, `record` the CGI expression. */
export interface Filter {
  readonly meta?: Meta;
  readonly field?: readonly Property[];
  readonly record?: string;
  readonly recordType?: string;
  readonly filterType?: 'INCLUSIVE' | 'EXCLUSIVE';
}

export interface Target {
  readonly locUri: string;
  readonly locName?: string;
  readonly filter?: Filter;
}

export interface Source {
  readonly locUri: string;
  readonly locName?: string;
}

/**
 * Data of a command, item, Status or Cred, by what it holds.
 * `text` came as character data, `bytes` as OPAQUE; the rest are the structured forms.
 */
export type Data =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'anchor'; readonly anchor: Anchor }
  | { readonly kind: 'devInf'; readonly devInf: DevInf }
  | { readonly kind: 'properties'; readonly properties: readonly Property[] };

export interface Item {
  readonly target?: Target;
  readonly source?: Source;
  readonly sourceParent?: string;
  readonly targetParent?: string;
  readonly meta?: Meta;
  readonly data?: Data;
  readonly moreData?: boolean;
}

export interface Cred {
  readonly meta?: Meta;
  readonly data: Data;
}

export interface Chal {
  readonly meta: Meta;
}

export interface SyncHdr {
  readonly version: Version;
  /** As received, when it is no version we know; then `version` is the highest of ours. */
  readonly unknownVersion?: { readonly verDtd: string; readonly verProto: string };
  readonly sessionId: string;
  readonly msgId: string;
  readonly target: Target;
  readonly source: Source;
  readonly respUri?: string;
  readonly noResp?: boolean;
  readonly cred?: Cred;
  readonly meta?: Meta;
}

/** Fields that every command may carry. CmdID is a string on the wire; ours are decimal numbers from 1. */
interface Base {
  readonly cmdId: string;
  readonly noResp?: boolean;
  readonly cred?: Cred;
  readonly meta?: Meta;
}

export interface Add extends Base {
  readonly name: 'Add';
  readonly items: readonly Item[];
}
export interface Replace extends Base {
  readonly name: 'Replace';
  readonly items: readonly Item[];
}
export interface Copy extends Base {
  readonly name: 'Copy';
  readonly items: readonly Item[];
}
export interface Move extends Base {
  readonly name: 'Move';
  readonly items: readonly Item[];
}
export interface Delete extends Base {
  readonly name: 'Delete';
  readonly archive?: boolean;
  readonly sftDel?: boolean;
  readonly items: readonly Item[];
}
export interface Alert extends Base {
  readonly name: 'Alert';
  /** The alert code as text, exactly as sent. */
  readonly data?: string;
  readonly correlator?: string;
  readonly items: readonly Item[];
}
export interface Exec extends Base {
  readonly name: 'Exec';
  readonly correlator?: string;
  readonly items: readonly Item[];
}
export interface Get extends Base {
  readonly name: 'Get';
  readonly lang?: string;
  readonly items: readonly Item[];
}
export interface Put extends Base {
  readonly name: 'Put';
  readonly lang?: string;
  readonly items: readonly Item[];
}
export interface MapItem {
  readonly target: Target;
  readonly source: Source;
}
export interface MapCommand extends Base {
  readonly name: 'Map';
  readonly target: Target;
  readonly source: Source;
  readonly mapItems: readonly MapItem[];
}
export interface Results extends Base {
  readonly name: 'Results';
  readonly msgRef?: string;
  readonly cmdRef: string;
  readonly targetRef?: string;
  readonly sourceRef?: string;
  readonly items: readonly Item[];
}
export interface Search extends Base {
  readonly name: 'Search';
  readonly noResults?: boolean;
  readonly target?: Target;
  readonly sources: readonly Source[];
  readonly lang?: string;
  readonly data?: Data;
}
export interface Status extends Base {
  readonly name: 'Status';
  readonly msgRef: string;
  readonly cmdRef: string;
  readonly cmd: string;
  readonly targetRefs: readonly string[];
  readonly sourceRefs: readonly string[];
  readonly chal?: Chal;
  /** The status code. */
  readonly data: string;
  readonly items: readonly Item[];
}
export interface Sync extends Base {
  readonly name: 'Sync';
  readonly target?: Target;
  readonly source?: Source;
  readonly numberOfChanges?: number;
  readonly commands: readonly Command[];
}
export interface Atomic extends Base {
  readonly name: 'Atomic';
  readonly commands: readonly Command[];
}
export interface Sequence extends Base {
  readonly name: 'Sequence';
  readonly commands: readonly Command[];
}

export type Command =
  | Add
  | Alert
  | Atomic
  | Copy
  | Delete
  | Exec
  | Get
  | MapCommand
  | Move
  | Put
  | Replace
  | Results
  | Search
  | Sequence
  | Status
  | Sync;

export type CommandName = Command['name'];

export interface Message {
  readonly header: SyncHdr;
  readonly commands: readonly Command[];
  readonly final: boolean;
}

/** CTType and VerCT. */
export interface ContentType {
  readonly ctType: string;
  readonly verCt?: string;
}

export interface CTCap extends ContentType {
  readonly fieldLevel?: boolean;
  readonly properties: readonly Property[];
}

export interface FilterCap extends ContentType {
  readonly filterKeywords: readonly string[];
  readonly propNames: readonly string[];
}

export interface DevInfDataStore {
  readonly sourceRef: string;
  readonly displayName?: string;
  readonly maxGuidSize?: number;
  readonly rxPref?: ContentType;
  readonly rx: readonly ContentType[];
  readonly txPref?: ContentType;
  readonly tx: readonly ContentType[];
  /** 1.2 only; in 1.1 the CTCaps stand beside the datastores and are found in `DevInf.ctCaps`. */
  readonly ctCaps: readonly CTCap[];
  readonly dsMem?: { readonly sharedMem?: boolean; readonly maxMem?: number; readonly maxId?: number };
  readonly supportHierarchicalSync?: boolean;
  /** SyncType numbers, 1 to 7 in the specification; others are kept as read. */
  readonly syncCap: readonly number[];
  readonly filterRx: readonly ContentType[];
  readonly filterCaps: readonly FilterCap[];
}

export interface DevInfExt {
  readonly xNam: string;
  readonly xVal: readonly string[];
}

export interface DevInf {
  readonly version: Version;
  readonly man?: string;
  readonly mod?: string;
  readonly oem?: string;
  readonly fwV?: string;
  readonly swV?: string;
  readonly hwV?: string;
  readonly devId: string;
  readonly devTyp: string;
  readonly utc?: boolean;
  readonly supportLargeObjs?: boolean;
  readonly supportNumberOfChanges?: boolean;
  readonly dataStores: readonly DevInfDataStore[];
  /** 1.0 and 1.1 only. */
  readonly ctCaps: readonly CTCap[];
  readonly ext: readonly DevInfExt[];
}

/** The flags of an email object; a missing one is unknown (in a Replace: unchanged). */
export interface EmailFlags {
  readonly read?: boolean;
  readonly forwarded?: boolean;
  readonly replied?: boolean;
  readonly deleted?: boolean;
  readonly flagged?: boolean;
}

/** `application/vnd.omads-email+xml` 1.2. Dates are UTC basic ISO text (`20060517T123456Z`). `emailItem` is the RFC 5322 message, decoded from `enc`. */
export interface EmailObject extends EmailFlags {
  readonly received?: string;
  readonly created?: string;
  readonly modified?: string;
  readonly emailItem?: Uint8Array;
  readonly ext: readonly DevInfExt[];
}

/** `application/vnd.omads-folder+xml` 1.2. */
export interface FolderObject {
  readonly name: string;
  readonly created?: string;
  readonly modified?: string;
  readonly accessed?: string;
  readonly attributes?: Readonly<Partial<Record<'h' | 's' | 'a' | 'd' | 'w' | 'r' | 'x', boolean>>>;
  /** inbox, outbox, sent, drafts, deleted. */
  readonly role?: string;
  readonly ext: readonly DevInfExt[];
}
