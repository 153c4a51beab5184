// How many bytes something adds to a message, without writing it: for filling messages up to the peer's MaxMsgSize.
import { isElement } from '@packetboat/wbxml';
import type { Element, Space } from '@packetboat/wbxml';
import { generateCommand } from './command-generate.ts';
import { encodeMessage } from './message.ts';
import type { EncodeOptions } from './message.ts';
import type { Command, Encoding, SyncHdr, Version } from './types.ts';
import { encodeUtf8, utf8Length } from './utf8.ts';
import { textCost } from './xml-text.ts';

/**
 * Bytes that a command adds to a message; at most 2 more than it really does (a code page switch that a neighbour saves).
 * The sizes of a Sync without commands and of each of its commands add up in the same way.
 */
export function encodedSize(command: Command, encoding: Encoding, version: Version, options: EncodeOptions = {}): number {
  const element = generateCommand(command, { encoding, version });
  if (encoding === 'wbxml') return wbxmlSize(element);
  return xmlSize(element, { space: 'syncml', name: '' }, version, options.cdata ?? false);
}

/** Bytes of a message with that header and Final, but no command. */
export function envelopeSize(header: SyncHdr, encoding: Encoding, options: EncodeOptions = {}): number {
  return encodeMessage({ header, commands: [], final: true }, encoding, options).length;
}

const pages: Readonly<Partial<Record<Space, number>>> = { syncml: 0, metinf: 1, devinf: 2 };
const pageSwitch = 2;

/** From code page 0 back to it. */
function wbxmlSize(root: Element): number {
  let page = 0;
  const setPage = (to: number): number => {
    if (to === page) return 0;
    page = to;
    return pageSwitch;
  };
  const measure = (element: Element): number => {
    const own = pages[element.space] ?? 0;
    let size = setPage(own) + 1;
    let filled = false;
    for (const piece of element.content) {
      const content = isElement(piece) ? measure(piece) : pieceSize(piece);
      filled ||= content > 0;
      size += content;
    }
    if (!filled) return size;
    // Page 2 is left before the end tag of an element of page 0.
    const leave = page === 2 && own === 0 ? setPage(0) : 0;
    return size + leave + 1;
  };
  return measure(root) + setPage(0);
}

/** STR_I with its NUL, or OPAQUE with its length. */
function pieceSize(piece: string | Uint8Array): number {
  const length = typeof piece === 'string' ? utf8Length(piece) : piece.length;
  if (length === 0) return 0;
  return typeof piece === 'string' && !piece.includes('\0') ? length + 2 : 1 + multiByteSize(length) + length;
}

function multiByteSize(value: number): number {
  let size = 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

function xmlSize(element: Element, parent: Pick<Element, 'space' | 'name'>, version: Version, cdata: boolean): number {
  const { name, space } = element;
  const form = !cdata || name !== 'Data' ? 'escaped' : parent.name === 'Item' ? 'cdata' : 'markup';
  let content = 0;
  for (const piece of element.content) {
    content += isElement(piece) ? xmlSize(piece, element, version, cdata) : xmlTextSize(piece, form);
  }
  const open = 1 + name.length + (space === parent.space ? 0 : namespaceSize(space, version));
  return content === 0 ? open + 2 : open + 1 + content + name.length + 3;
}

/** ` xmlns="…"` */
function namespaceSize(space: Space, version: Version): number {
  const uri = space === 'syncml' ? `SYNCML:SYNCML${version}` : `syncml:${space}`;
  return ' xmlns=""'.length + uri.length;
}

/** `markup`: as CDATA where there is markup. */
function xmlTextSize(piece: string | Uint8Array, form: 'escaped' | 'cdata' | 'markup'): number {
  if (piece.length === 0) return 0;
  if (typeof piece === 'string' && form !== 'cdata' && !/[&<>\r]/.test(piece)) return utf8Length(piece);
  const bytes = typeof piece === 'string' ? encodeUtf8(piece) : piece;
  const cost = textCost(bytes);
  return form === 'cdata' || (form === 'markup' && (bytes.includes(0x26) || bytes.includes(0x3c))) ? cost.cdata : cost.escaped;
}
