// Namespaces ↔ spaces, and what to believe where a peer left its xmlns out (SyncML Representation 1.2 §5.1).
import type { Document, DocumentType, Element, Space } from './element.ts';
import { child, textOf } from './content.ts';
import { devinfPage, metinfPage, syncmlPage, vocabularyByFpi } from './tables/vocabulary.ts';

/** What decides the space of an element. */
export interface ElementName {
  readonly name: string;
  /** Namespace in effect, `''` if none. */
  readonly uri: string;
  /** True if the element declares that namespace itself. */
  readonly declared: boolean;
}

const metinfUri = 'syncml:metinf';
const devinfUri = 'syncml:devinf';
const syncmlUri = 'SYNCML:SYNCML';

/** The space that a namespace stands for; peers differ in case, and some put a version behind metinf and devinf. */
function spaceOfUri(uri: string): Space {
  // By far the most elements inherit their namespace in this spelling.
  if (uri.startsWith(syncmlUri)) return 'syncml';
  if (uri === metinfUri) return 'metinf';
  const lower = uri.toLowerCase();
  if (lower.startsWith('syncml:syncml')) return 'syncml';
  if (lower.startsWith(metinfUri)) return 'metinf';
  if (lower.startsWith(devinfUri)) return 'devinf';
  return '';
}

const rootSpaces: ReadonlyMap<string, Space> = new Map<string, Space>([
  ['SyncML', 'syncml'],
  ['MetInf', 'metinf'],
  ['DevInf', 'devinf'],
  ['si', 'si'],
  ['sl', 'sl'],
  ['emn', 'emn'],
]);

/**
 * True for a root of ours in a namespace that is not: misspelt ones exist, and the name leaves no doubt. That namespace is
 * then taken as missing in the whole document.
 */
export function isMisnamed(root: string, uri: string): boolean {
  return uri !== '' && rootSpaces.has(root) && spaceOfUri(uri) === '';
}

/**
 * The space of an element. A namespace that the element declares itself, or that is not SyncML's, is believed. An inherited
 * SyncML namespace (or none at all in a document without namespaces) is not: many writers forget the xmlns of Meta's
 * children and of device information.
 */
export function spaceOf(element: ElementName, parent: Element | undefined, namespaces: boolean): Space {
  if (parent === undefined) return element.uri === '' ? (rootSpaces.get(element.name) ?? '') : spaceOfUri(element.uri);
  const space = spaceOfUri(element.uri);
  // `<Meta xmlns="syncml:metinf">` is meant for its children.
  if (space === 'metinf' && element.name === 'Meta') return 'syncml';
  const believed = element.declared || (element.uri === '' ? namespaces : space !== 'syncml');
  return believed ? space : inferredSpace(element.name, parent);
}

/** Whether a reader would take an element without an xmlns of its own for one of another space, as many writers forget it. */
export function isTakenForAnother(element: Element, parent: Element | undefined): boolean {
  if (element.space !== 'syncml' || parent?.space !== 'syncml' || syncmlPage.tokens.has(element.name)) return false;
  return inferredSpace(element.name, parent) !== 'syncml';
}

function inferredSpace(name: string, parent: Element): Space {
  const inSyncml = syncmlPage.tokens.has(name);
  const inMetinf = metinfPage.tokens.has(name);
  const inDevinf = devinfPage.tokens.has(name);
  if (parent.space === 'metinf') return inMetinf || !inSyncml ? 'metinf' : 'syncml';
  if (parent.space === 'devinf') return inDevinf || !inSyncml ? 'devinf' : 'syncml';
  if (parent.space !== 'syncml') return parent.space;
  if (inSyncml) return 'syncml';
  if (parent.name === 'Meta' && inMetinf) return 'metinf';
  if (parent.name !== 'Data') return 'syncml';
  // Data holds anchors, device information, or an object of no vocabulary that was put in without escaping.
  if (inMetinf) return 'metinf';
  return inDevinf ? 'devinf' : '';
}

/** The namespace to write for an element, `''` for none. `version` is 1.0, 1.1 or 1.2. */
export function uriOf(space: Space, version: string): string {
  if (space === 'syncml') return `${syncmlUri}${version}`;
  if (space === 'metinf') return metinfUri;
  return space === 'devinf' ? devinfUri : '';
}

/** The version that a document's SyncML namespace gets. */
export function versionOf(type: DocumentType): string {
  return type.startsWith('SyncML') || type.startsWith('DevInf') ? type.slice(-3) : '1.2';
}

/**
 * The type of a decoded document: from the version in the root's namespace, else from the DOCTYPE, else from VerDTD, else
 * the newest of its kind.
 */
export function typeOf(root: Element, uri: string, fpi: string | undefined): Document['type'] {
  const declared = fpi === undefined ? undefined : vocabularyByFpi(fpi)?.type;
  if (root.name === 'SyncML' && root.space === 'syncml') {
    return `SyncML ${versionIn(uri) ?? versionFor('SyncML', declared) ?? verDtd(child(root, 'SyncHdr')) ?? '1.2'}`;
  }
  if (root.name === 'DevInf' && root.space === 'devinf') return `DevInf ${versionFor('DevInf', declared) ?? verDtd(root) ?? '1.2'}`;
  if (root.space === 'si') return 'SI 1.0';
  if (root.space === 'sl') return 'SL 1.0';
  return root.space === 'emn' ? 'EMN 1.0' : 'XML';
}

type Version = '1.0' | '1.1' | '1.2';

function asVersion(text: string | undefined): Version | undefined {
  return text === '1.0' || text === '1.1' || text === '1.2' ? text : undefined;
}

function versionIn(uri: string): Version | undefined {
  return asVersion(uri.slice(syncmlUri.length));
}

function versionFor(kind: 'SyncML' | 'DevInf', type: string | undefined): Version | undefined {
  return type?.startsWith(kind) === true ? asVersion(type.slice(-3)) : undefined;
}

function verDtd(parent: Element | undefined): Version | undefined {
  const found = parent === undefined ? undefined : child(parent, 'VerDTD');
  return found === undefined ? undefined : asVersion(textOf(found));
}
