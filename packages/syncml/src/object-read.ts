// What reading an email and a folder object has in common: decoding, lenient names, flags that are only true by 'true'.
import { decodeXml } from '@packetboat/wbxml';
import { SyncmlError } from './errors.ts';
import { maxObjectBytes } from './limits.ts';
import { childNodes, rootNode, token } from './read.ts';
import type { Node } from './read.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** The root of an object, which must have that name (in any case). Throws ERR_SYNCML_MALFORMED, with the codec's error as cause. */
export function objectRoot(bytes: Uint8Array, contentType: string | undefined, name: string): Node {
  const root = decode(asUtf8(bytes, contentType), true);
  if (root.element.name.toLowerCase() !== name.toLowerCase()) {
    throw new SyncmlError('ERR_SYNCML_MALFORMED', `no ${name} object`, { path: root.path });
  }
  return root;
}

function decode(bytes: Uint8Array, repairable: boolean): Node {
  try {
    return rootNode(decodeXml(bytes, { limits: { bytes: maxObjectBytes, expandedBytes: maxObjectBytes } }).root);
  } catch (error) {
    // Once: a document that is still broken afterwards is not of that kind.
    const repaired = repairable ? repairCdataEnd(bytes) : undefined;
    if (repaired) return decode(repaired, false);
    throw new SyncmlError('ERR_SYNCML_MALFORMED', 'no XML document', { cause: error });
  }
}

/**
 * Funambol's clients put the object into a CDATA section and its mail into another inside, whose end they write as `]]&gt;`:
 * the inner section never ends. The last one before the end tag is what they mean.
 */
function repairCdataEnd(bytes: Uint8Array): Uint8Array | undefined {
  const text = decodeUtf8(bytes);
  const at = text?.lastIndexOf(']]&gt;') ?? -1;
  if (text === undefined || at < 0 || !/^\]\]&gt;\s*<\/emailitem\s*>/i.test(text.slice(at, at + 40))) return undefined;
  return encodeUtf8(`${text.slice(0, at)}]]>${text.slice(at + 6)}`);
}

/** A charset in the content type that is not UTF-8 is converted; the registered default is UTF-8. */
function asUtf8(bytes: Uint8Array, contentType: string | undefined): Uint8Array {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase();
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') return bytes;
  try {
    return encodeUtf8(new TextDecoder(charset, { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SyncmlError('ERR_SYNCML_MALFORMED', 'text is not of the stated charset', { cause: error });
  }
}

/** The first child of a name in any case. */
export function looseChild(node: Node, name: string): Node | undefined {
  return childNodes(node).find((candidate) => candidate.element.name.toLowerCase() === name);
}

/** The text of a child without blanks around; undefined if it is missing or empty. */
export function looseToken(node: Node, name: string): string | undefined {
  const found = looseChild(node, name);
  const value = found === undefined ? '' : token(found);
  return value === '' ? undefined : value;
}

/** Only `true` is true; a missing element is undefined, everything else false. */
export function looseFlag(node: Node, name: string): boolean | undefined {
  const found = looseChild(node, name);
  return found && token(found) === 'true';
}
