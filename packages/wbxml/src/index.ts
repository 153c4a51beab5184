// The one door of @packetboat/wbxml.
export { bytesOf, child, childElements, element, isElement, looksLikeWbxml, textOf } from './content.ts';
export { decodeWbxml } from './decode-wbxml.ts';
export type { DecodedWbxml } from './decode-wbxml.ts';
export { decodeXml } from './decode-xml.ts';
export type { DecodeXmlOptions } from './decode-xml.ts';
export type { Content, Document, DocumentType, Element, Space } from './element.ts';
export { encodeWbxml } from './encode-wbxml.ts';
export type { EncodeWbxmlOptions } from './encode-wbxml.ts';
export { encodeXml } from './encode-xml.ts';
export type { EncodeXmlOptions } from './encode-xml.ts';
export { equalDocuments } from './equal.ts';
export { WbxmlError } from './errors.ts';
export type { WbxmlErrorCode, WbxmlErrorPlace } from './errors.ts';
export { defaultLimits } from './limits.ts';
export type { DecodeOptions, Limits } from './limits.ts';
export type { WbxmlVersion } from './wbxml-header.ts';
