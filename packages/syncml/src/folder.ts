// The folder object `application/vnd.omads-folder+xml` 1.2: name, created, modified, accessed, attributes, role, Ext.
import { parseExt } from './devinf-parse.ts';
import { extText } from './email-generate.ts';
import { looseChild, looseFlag, looseToken, objectRoot } from './object-read.ts';
import { children, defined, missing, text } from './read.ts';
import type { FolderObject } from './types.ts';
import { encodeUtf8 } from './utf8.ts';
import { xmlElement } from './xml-text.ts';

/** hidden, system, archived, deleted, writable, readable, executable. */
const letters = ['h', 's', 'a', 'd', 'w', 'r', 'x'] as const;

/**
 * Reads a folder object, children in any order; `role` comes in lower case. Throws SyncmlError: _MALFORMED (no XML, another
 * root), _MISSING_ELEMENT (name).
 */
export function parseFolder(content: Uint8Array, contentType?: string): FolderObject {
  const root = objectRoot(content, contentType, 'Folder');
  const name = looseChild(root, 'name') ?? missing(root, 'name');
  const attributes = looseChild(root, 'attributes');
  return defined({
    name: text(name),
    created: looseToken(root, 'created'),
    modified: looseToken(root, 'modified'),
    accessed: looseToken(root, 'accessed'),
    attributes: attributes && defined(Object.fromEntries(letters.map((letter) => [letter, looseFlag(attributes, letter)]))),
    role: looseToken(root, 'role')?.toLowerCase(),
    ext: children(root, 'Ext').map(parseExt),
  });
}

/** A folder object in UTF-8, without XML declaration. Throws ERR_SYNCML_BAD_VALUE for characters that XML has not. */
export function generateFolder(folder: FolderObject): Uint8Array {
  const { attributes } = folder;
  const flags = letters.map((letter) => xmlElement(letter, attributes?.[letter] === undefined ? undefined : String(attributes[letter])));
  return encodeUtf8(
    [
      '<Folder>',
      xmlElement('name', folder.name),
      xmlElement('created', folder.created),
      xmlElement('modified', folder.modified),
      xmlElement('accessed', folder.accessed),
      attributes ? `<attributes>${flags.join('')}</attributes>` : '',
      xmlElement('role', folder.role),
      extText(folder.ext),
      '</Folder>',
    ].join(''),
  );
}
