// Messages written as XML text on their way: into the bytes of either encoding, and an answer back into elements and commands.
import { childElements, decodeWbxml, decodeXml, element, encodeWbxml, isElement, type Document, type Element } from '@packetboat/wbxml';
import { decodeMessage, type Command, type Encoding, type Message, type Status, type Sync, type Version } from '@packetboat/syncml';

const encoder = new TextEncoder();

/** Numbers the commands, from 1, in the order of the text. */
export function numbered(text: string): string {
  let count = 0;
  return text.replaceAll('<CmdID/>', () => {
    count += 1;
    return `<CmdID>${count}</CmdID>`;
  });
}

/** The bytes of a message that is written as XML. In WBXML, DevInf travels as an OPAQUE document and names itself so. */
export function carry(xml: string, encoding: Encoding): Uint8Array {
  const bytes = encoder.encode(xml);
  if (encoding === 'xml') return bytes;
  const document = decodeXml(encoder.encode(xml.replaceAll('syncml-devinf+xml', 'syncml-devinf+wbxml')));
  return encodeWbxml({ ...document, root: withOpaque(document.root, document.type.slice(-3)) });
}

function withOpaque(parent: Element, version: string): Element {
  const content = parent.content.map((piece) => {
    if (!isElement(piece)) return piece;
    if (piece.name !== 'DevInf') return withOpaque(piece, version);
    return encodeWbxml({ type: `DevInf ${version as Version}`, root: piece });
  });
  return { ...parent, content };
}

/** A message that came over HTTP, read in every way that a check may need. */
export class Received {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;

  constructor(status: number, headers: Headers, bytes: Uint8Array, encoding: Encoding) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
    this.encoding = encoding;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  get document(): Document {
    if (this.status !== 200) throw new Error(`HTTP ${this.status}: ${this.text}`);
    return this.encoding === 'xml' ? decodeXml(this.bytes, { cutCharacters: true }) : decodeWbxml(this.bytes);
  }

  get message(): Message {
    if (this.status !== 200) throw new Error(`HTTP ${this.status}: ${this.text}`);
    return decodeMessage(this.bytes, this.encoding);
  }

  get header(): Message['header'] {
    return this.message.header;
  }

  get final(): boolean {
    return this.message.final;
  }

  /** The elements of SyncBody, as they stand. */
  get body(): readonly Element[] {
    const body = childElements(this.document.root).find((each) => each.name === 'SyncBody') ?? element('syncml', 'SyncBody');
    return childElements(body);
  }

  all<Name extends Command['name']>(name: Name): readonly Extract<Command, { name: Name }>[] {
    return this.message.commands.filter((command): command is Extract<Command, { name: Name }> => command.name === name);
  }

  /** Codes of the Statuses for commands of a name, in order. */
  codes(cmd: string): readonly string[] {
    return this.statuses(cmd).map((status) => status.data);
  }

  statuses(cmd: string): readonly Status[] {
    return this.all('Status').filter((status) => status.cmd === cmd);
  }

  /** The Alert that opens a datastore. */
  alert(): { readonly code: number; readonly last: string | undefined; readonly next: string } | undefined {
    for (const { data, items } of this.all('Alert')) {
      const anchor = items[0]?.meta?.anchor;
      if (anchor !== undefined) return { code: Number(data), last: anchor.last, next: anchor.next };
    }
    return undefined;
  }

  get syncs(): readonly Sync[] {
    return this.all('Sync');
  }

  /** Commands inside of Syncs. */
  get changes(): readonly Exclude<Command, Sync>[] {
    return this.syncs.flatMap((sync) => sync.commands.filter((command): command is Exclude<Command, Sync> => command.name !== 'Sync'));
  }
}

/** Every element of that name below, in order. */
export function elementsOf(parent: Element, name: string): readonly Element[] {
  return childElements(parent).flatMap((each) => {
    const below = elementsOf(each, name);
    return each.name === name ? [each].concat(below) : below;
  });
}
