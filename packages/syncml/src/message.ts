// A whole message: `SyncML (SyncHdr, SyncBody)`; bytes to message and back.
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml } from '@packetboat/wbxml';
import type { Document, DocumentType } from '@packetboat/wbxml';
import { generateCommand } from './command-generate.ts';
import { parseCommands } from './command-parse.ts';
import { wbxmlOptions } from './data.ts';
import { SyncmlError } from './errors.ts';
import { generateHeader, parseHeader } from './header.ts';
import type { Form } from './item.ts';
import { flagOf, required, rootNode } from './read.ts';
import type { Encoding, Message, SyncHdr } from './types.ts';
import { writer } from './write.ts';

const { el, flag } = writer('syncml');

/**
 * Reads a message from its element tree. Children may stand in any order; elements that we do not know are ignored, a command
 * among them too. A header of a version that we do not know is read, with `unknownVersion` set.
 * Throws SyncmlError; once the header has been read the error carries it, and the command at fault, so that it can be answered.
 */
export function parseMessage(document: Document): Message {
  const root = rootNode(document.root);
  if (document.root.name !== 'SyncML') throw new SyncmlError('ERR_SYNCML_MALFORMED', 'no SyncML document', { path: root.path });
  const header = parseHeader(required(root, 'SyncHdr'));
  try {
    const body = required(root, 'SyncBody');
    return { header, commands: parseCommands(body), final: flagOf(body, 'Final') ?? false };
  } catch (error) {
    throw error instanceof SyncmlError ? error.at({ header }) : error;
  }
}

/**
 * The element tree of a message, in the order of the DTD. `encoding` decides the form of device information in it and the
 * Meta Type that goes with it. Hints that a version does not have (NumberOfChanges, MaxObjSize, Correlator, FieldLevel) are left
 * out; what cannot be left out without changing the meaning (Move, Filter, MoreData) throws ERR_SYNCML_VERSION.
 */
export function generateMessage(message: Message, options: { readonly encoding: Encoding }): Document {
  const form: Form = { encoding: options.encoding, version: message.header.version };
  const root = el(
    'SyncML',
    generateHeader(message.header, form),
    el(
      'SyncBody',
      message.commands.map((command) => generateCommand(command, form)),
      flag('Final', message.final),
    ),
  );
  return { type: documentType(message.header), root };
}

function documentType(header: SyncHdr): DocumentType {
  return `SyncML ${header.version}`;
}

/** How a message is read: what a stranger's may cost, where that is less than a document of ours may. */
export interface MessageDecodeOptions {
  readonly limits?: { readonly expandedBytes?: number; readonly nodes?: number };
}

/**
 * Reads a message from bytes. Data of a chunk that begins or ends within a character is of kind `bytes`, in XML too.
 * Throws WbxmlError where the bytes are no document or beyond a limit, SyncmlError where the document is no message.
 */
export function decodeMessage(bytes: Uint8Array, encoding: Encoding, options: MessageDecodeOptions = {}): Message {
  return parseMessage(encoding === 'xml' ? decodeXml(bytes, { ...options, cutCharacters: true }) : decodeWbxml(bytes, options));
}

/** How a message is written. */
export interface EncodeOptions {
  /** XML only: character data that would need escaping goes into CDATA sections. Funambol's clients want that. */
  readonly cdata?: boolean;
}

/**
 * Writes a message. Data of kind `bytes` is OPAQUE in WBXML; in XML it must be UTF-8 text of XML characters, else WbxmlError
 * ERR_XML_BINARY: use base64 and say so in Meta Format.
 */
export function encodeMessage(message: Message, encoding: Encoding, options: EncodeOptions = {}): Uint8Array {
  const document = generateMessage(message, { encoding });
  return encoding === 'xml' ? encodeXml(document, options) : encodeWbxml(document, wbxmlOptions(message.header.version));
}
