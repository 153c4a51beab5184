// Any document of ours made readable: WBXML or XML to a tree with notes, documents inside documents opened, log-ins masked.
import { alertCode, alertCodes, statusCode, statusCodes } from '@packetboat/syncml';
import { decodeWbxml, decodeXml, isElement, looksLikeWbxml, type Content, type Element } from '@packetboat/wbxml';

export interface DecodedDocument {
  /** As the codec names it, such as `SyncML 1.2`; `XML` for email and folder objects. */
  readonly type: string;
  /** `WBXML 1.2`, `XML`. */
  readonly encoding: string;
  readonly bytes: number;
  readonly root: DecodedElement;
}

export interface DecodedElement {
  readonly name: string;
  /** Code page or namespace; left out where there is none. */
  readonly space?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content: readonly DecodedPiece[];
}

export type DecodedPiece =
  | DecodedElement
  | { readonly text: string; readonly note?: string }
  | { readonly base64: string; readonly bytes: number }
  | { readonly document: DecodedDocument }
  | { readonly masked: number };

export interface DecodeFileOptions {
  /** Shows log-ins too. */
  readonly secrets: boolean;
}

/** Throws the codec's `WbxmlError`. */
export function decodeDocument(bytes: Uint8Array, options: DecodeFileOptions): DecodedDocument {
  if (looksLikeWbxml(bytes)) {
    const { root, type, wbxmlVersion } = decodeWbxml(bytes);
    return { type, encoding: `WBXML ${wbxmlVersion}`, bytes: bytes.length, root: decodeElement(root, [], options) };
  }
  const { root, type } = decodeXml(bytes);
  return { type, encoding: 'XML', bytes: bytes.length, root: decodeElement(root, [], options) };
}

/** `above`: names from the root down to the parent. */
function decodeElement(element: Element, above: readonly string[], options: DecodeFileOptions): DecodedElement {
  const path = [...above, element.name];
  return {
    name: element.name,
    ...(element.space === '' ? {} : { space: element.space }),
    ...(element.attributes === undefined ? {} : { attributes: element.attributes }),
    content: transferred(element, options) ?? element.content.map((piece) => decodePiece(piece, path, options)),
  };
}

/** An email item that travels in base64 says so in its attribute: shown as what it is. */
function transferred(element: Element, options: DecodeFileOptions): readonly DecodedPiece[] | undefined {
  const [only, ...others] = element.content;
  if (element.attributes?.['enc'] !== 'base64' || typeof only !== 'string' || others.length > 0) return undefined;
  if (!/^[A-Za-z0-9+/=\s]*$/.test(only)) return undefined;
  const bytes = new Uint8Array(Buffer.from(only, 'base64'));
  return [decodePiece(bytes, [element.name], options)];
}

function decodePiece(piece: Content, path: readonly string[], options: DecodeFileOptions): DecodedPiece {
  if (isElement(piece)) return decodeElement(piece, path, options);
  const [parent, name] = path.slice(-2);
  if (parent === 'Cred' && name === 'Data' && !options.secrets) return { masked: piece.length };
  const inner = innerDocument(piece, options);
  if (inner !== undefined) return { document: inner };
  if (typeof piece === 'string') return textPiece(piece, parent, name);
  const text = readableText(piece);
  return text === undefined ? { base64: Buffer.from(piece).toString('base64'), bytes: piece.length } : textPiece(text, parent, name);
}

function textPiece(text: string, parent: string | undefined, name: string | undefined): DecodedPiece {
  const note = noteOf(text, parent, name);
  return note === undefined ? { text } : { text, note };
}

/** Device information and objects travel as text or bytes inside a message. */
function innerDocument(piece: string | Uint8Array, options: DecodeFileOptions): DecodedDocument | undefined {
  const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
  // The first bytes of a document: a version, or `<` and a name, `?` or `!`.
  const xml = bytes[0] === 0x3c && bytes.length > 6;
  if (!xml && !(looksLikeWbxml(bytes) && bytes.length > 4)) return undefined;
  try {
    return decodeDocument(bytes, options);
  } catch {
    return undefined;
  }
}

function readableText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\0-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** DevInf 1.2, SyncType. */
const syncTypes = [
  '',
  'two-way',
  'slow',
  'one-way from client',
  'refresh from client',
  'one-way from server',
  'refresh from server',
  'server alerted',
];

function noteOf(text: string, parent: string | undefined, name: string | undefined): string | undefined {
  if (parent === 'Status' && name === 'Data') return statusCodes.find((row) => row.code === statusCode(text))?.name;
  if (parent === 'Alert' && name === 'Data') return alertCodes.find((row) => row.code === alertCode(text))?.name;
  if (parent === 'SyncCap' && name === 'SyncType') return syncTypes[Number(text)] || undefined;
  return undefined;
}
