// Meta and the MetInf inside it: DS Meta Information 1.2. Order `Format?, Type?, Mark?, Size?, Anchor?, Version?, NextNonce?,
// MaxMsgSize?, MaxObjSize?, EMI*, Mem?, FieldLevel?`; the MetInf wrapper is read but never written, as all peers do.
import type { Element } from '@packetboat/wbxml';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { badValue, bytes, child, children, defined, flagOf, hasBytes, numberOf, required, text, textOf, tokenOf } from './read.ts';
import type { Node } from './read.ts';
import type { Anchor, Mem, Meta, Version } from './types.ts';
import { encodeUtf8 } from './utf8.ts';
import { writer } from './write.ts';

const { el, flag, leaf, leaves } = writer('metinf');
const syncml = writer('syncml');

/** Reads a Meta element. Unknown children are ignored. */
export function parseMeta(node: Node): Meta {
  const metInf = child(node, 'MetInf') ?? node;
  const anchor = child(metInf, 'Anchor');
  const mem = child(metInf, 'Mem');
  const emi = children(metInf, 'EMI').map(text);
  return defined({
    format: tokenOf(metInf, 'Format'),
    type: tokenOf(metInf, 'Type'),
    mark: tokenOf(metInf, 'Mark'),
    size: numberOf(metInf, 'Size'),
    anchor: anchor && parseAnchor(anchor),
    version: tokenOf(metInf, 'Version'),
    nextNonce: parseNonce(metInf),
    maxMsgSize: numberOf(metInf, 'MaxMsgSize'),
    maxObjSize: numberOf(metInf, 'MaxObjSize'),
    emi: emi.length > 0 ? emi : undefined,
    mem: mem && parseMem(mem),
    fieldLevel: flagOf(metInf, 'FieldLevel'),
  });
}

/** The Meta child of an element, if it has one. */
export function metaOf(node: Node): Meta | undefined {
  const meta = child(node, 'Meta');
  return meta && parseMeta(meta);
}

export function parseAnchor(node: Node): Anchor {
  return defined({ last: textOf(node, 'Last'), next: text(required(node, 'Next')) });
}

function parseMem(node: Node): Mem {
  return defined({ sharedMem: flagOf(node, 'SharedMem'), freeMem: numberOf(node, 'FreeMem'), freeId: numberOf(node, 'FreeID') });
}

/** Raw where it came as OPAQUE, else base64. Text that is no base64 is the nonce itself, unless Format says b64. */
function parseNonce(metInf: Node): Uint8Array | undefined {
  const node = child(metInf, 'NextNonce');
  if (!node) return undefined;
  if (hasBytes(node)) return bytes(node);
  const decoded = decodeBase64(text(node));
  if (decoded) return decoded;
  if (tokenOf(metInf, 'Format')?.toLowerCase() === 'b64') badValue(node, 'no base64');
  return encodeUtf8(text(node));
}

/** Writes a Meta element; nothing for undefined. MaxObjSize is left out before 1.1 and FieldLevel before 1.2, which do not have them. */
export function generateMeta(meta: Meta | undefined, version: Version): Element | undefined {
  if (!meta) return undefined;
  const { anchor, mem, nextNonce } = meta;
  return syncml.el(
    'Meta',
    leaf('Format', meta.format),
    leaf('Type', meta.type),
    leaf('Mark', meta.mark),
    leaf('Size', meta.size),
    anchor && generateAnchor(anchor),
    leaf('Version', meta.version),
    leaf('NextNonce', nextNonce && encodeBase64(nextNonce)),
    leaf('MaxMsgSize', meta.maxMsgSize),
    version === '1.0' ? undefined : leaf('MaxObjSize', meta.maxObjSize),
    leaves('EMI', meta.emi),
    mem && el('Mem', flag('SharedMem', mem.sharedMem), leaf('FreeMem', mem.freeMem), leaf('FreeID', mem.freeId)),
    version === '1.2' ? flag('FieldLevel', meta.fieldLevel) : undefined,
  );
}

export function generateAnchor(anchor: Anchor): Element {
  return el('Anchor', leaf('Last', anchor.last), leaf('Next', anchor.next));
}
