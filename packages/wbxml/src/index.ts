// The one door of @packetboat/wbxml.
export type { Content, Document, DocumentType, Element, Space } from './element.ts';
