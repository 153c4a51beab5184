// The element tree that both encodings read and write. Pure data; made by the decoders or with `element()`.

/** Which vocabulary an element belongs to: the code page in WBXML, the namespace in XML. `''` = none (email and folder objects). */
export type Space = 'syncml' | 'metinf' | 'devinf' | 'si' | 'sl' | 'emn' | '';

/**
 * One piece of an element's content: a child, text, or bytes. Bytes are what WBXML carries as OPAQUE; an XML document
 * carries them only where they are well-formed UTF-8 made of XML characters (or, read so, pieces of a cut character).
 */
export type Content = Element | string | Uint8Array;

/** An element. `attributes` exist in SI, SL, EMN and in the XML objects only. */
export interface Element {
  readonly name: string;
  readonly space: Space;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content: readonly Content[];
}

/** The documents that are known, named by their XML formal public identifier without the slashes. */
export type DocumentType =
  | 'SyncML 1.0'
  | 'SyncML 1.1'
  | 'SyncML 1.2'
  | 'DevInf 1.0'
  | 'DevInf 1.1'
  | 'DevInf 1.2'
  | 'SI 1.0'
  | 'SL 1.0'
  | 'EMN 1.0'
  | 'XML';

/** A whole document. `type` is `XML` where an XML document names no vocabulary of ours. */
export interface Document {
  readonly type: DocumentType;
  readonly root: Element;
}
