// Reads the email object `application/vnd.omads-email+xml` 1.2: OMA Data Sync Email object.
import { decodeBase64 } from './base64.ts';
import { mediaType, contentTypes } from './content-types.ts';
import { parseExt } from './devinf-parse.ts';
import { looseChild, looseFlag, looseToken, objectRoot } from './object-read.ts';
import { decodeQuotedPrintable } from './quoted-printable.ts';
import { badValue, bytes, children, defined, text } from './read.ts';
import type { Node } from './read.ts';
import type { EmailObject } from './types.ts';

/**
 * Reads an email object. `contentType` is the item's Type: its charset is followed, and `message/rfc822` means that the bytes
 * are the mail itself. Names may be in any case and order. An empty emailitem is the same as none: the object is about flags.
 * Throws SyncmlError: _MALFORMED (no XML, another root), _BAD_VALUE (an `enc` that is unknown or does not fit the text),
 * _MISSING_ELEMENT (an Ext without XNam).
 */
export function parseEmail(content: Uint8Array, contentType?: string): EmailObject {
  const media = contentType === undefined ? '' : mediaType(contentType);
  if (media === contentTypes.rfc822 || media === 'message/x-rfc822')
    return content.length > 0 ? { emailItem: content, ext: [] } : { ext: [] };
  const root = objectRoot(content, contentType, 'Email');
  const item = looseChild(root, 'emailitem');
  const emailItem = item && decodeItem(item);
  return defined({
    read: looseFlag(root, 'read'),
    forwarded: looseFlag(root, 'forwarded'),
    replied: looseFlag(root, 'replied'),
    received: looseToken(root, 'received'),
    created: looseToken(root, 'created'),
    modified: looseToken(root, 'modified'),
    deleted: looseFlag(root, 'deleted'),
    flagged: looseFlag(root, 'flagged'),
    emailItem: emailItem && emailItem.length > 0 ? emailItem : undefined,
    ext: children(root, 'Ext').map(parseExt),
  });
}

function decodeItem(node: Node): Uint8Array {
  const attribute = Object.entries(node.element.attributes ?? {}).find(([name]) => name.toLowerCase() === 'enc');
  const enc = attribute?.[1].trim().toLowerCase() ?? '';
  switch (enc) {
    case 'base64':
      return decodeBase64(text(node)) ?? badValue(node, 'no base64');
    case 'quoted-printable':
      return decodeQuotedPrintable(text(node));
    case '':
    case 'none':
    case '7bit':
    case '8bit':
    case 'binary':
      return bytes(node);
    default:
      return badValue(node, 'unknown enc');
  }
}
