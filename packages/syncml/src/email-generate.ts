// Writes the email object: its bytes, its size without writing it, and the frame for a mail that streams by.
import { base64Length, encodeBase64Bytes } from './base64.ts';
import { SyncmlError } from './errors.ts';
import { encodeQuotedPrintable } from './quoted-printable.ts';
import type { DevInfExt, EmailObject } from './types.ts';
import { concatBytes, decodeUtf8, encodeUtf8, isXmlText, utf8Length } from './utf8.ts';
import { cdataBytes, cdataFrame, escapeXml, textCost, xmlElement } from './xml-text.ts';

/** How the mail inside an email object is written. */
export interface EmailOptions {
  /**
   * `auto` (default): as text where the mail is UTF-8 of XML characters, else base64.
   * `none`: as text, or ERR_SYNCML_BAD_VALUE. `base64`, `quoted-printable`: always that.
   */
  readonly enc?: 'auto' | 'base64' | 'quoted-printable' | 'none';
  /**
   * Text in CDATA sections (true: Funambol's clients want it), escaped (false: exact also through XML parsers that turn CR LF
   * into LF inside CDATA), or what is shorter (default): for mail with its CR LF that is CDATA.
   */
  readonly cdata?: boolean;
}

/** The bytes before and after the mail in an email object. */
export interface EmailFrame {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
}

type Wrapping = 'empty' | 'escaped' | 'cdata' | 'base64' | 'quoted-printable';

/**
 * An email object without XML declaration, in UTF-8. The mail's bytes come back exactly from `parseEmail`.
 * Throws ERR_SYNCML_BAD_VALUE for `enc: 'none'` where the mail is no XML text, and for such characters in other fields.
 */
export function generateEmail(email: EmailObject, options: EmailOptions = {}): Uint8Array {
  const { emailItem } = email;
  if (emailItem === undefined) return encodeUtf8(`${head(email)}${tail(email)}`);
  const wrapping = chooseWrapping(emailItem, options);
  return concatBytes([
    encodeUtf8(`${head(email)}${openItem(wrapping)}`),
    wrap(emailItem, wrapping, options),
    encodeUtf8(`</emailitem>${tail(email)}`),
  ]);
}

/** Bytes that `generateEmail` would return, without the work, save for quoted-printable. Throws as it does. */
export function emailSize(email: EmailObject, options: EmailOptions = {}): number {
  const { emailItem } = email;
  const frame = utf8Length(head(email)) + utf8Length(tail(email));
  if (emailItem === undefined) return frame;
  const wrapping = chooseWrapping(emailItem, options);
  return frame + openItem(wrapping).length + '</emailitem>'.length + wrappedSize(emailItem, wrapping, options);
}

/**
 * What stands around a mail that the caller writes himself, piece by piece: with `base64` its base64 (`encodeBase64Bytes`
 * of pieces whose lengths are multiples of 3), with `none` its bytes as they are, inside one CDATA section. For `none` the mail
 * must be UTF-8 of XML characters without `]]>`; nobody checks. prefix + content + suffix reads as the whole object.
 */
export function emailFrame(email: Omit<EmailObject, 'emailItem'>, enc: 'none' | 'base64'): EmailFrame {
  const section = enc === 'none' ? cdataFrame : { open: '', close: '' };
  return {
    prefix: encodeUtf8(`${head(email)}${openItem(enc === 'none' ? 'cdata' : 'base64')}${section.open}`),
    suffix: encodeUtf8(`${section.close}</emailitem>${tail(email)}`),
  };
}

function head(email: Omit<EmailObject, 'emailItem'>): string {
  return [
    '<Email>',
    flag('read', email.read),
    flag('forwarded', email.forwarded),
    flag('replied', email.replied),
    xmlElement('received', email.received),
    xmlElement('created', email.created),
    xmlElement('modified', email.modified),
    flag('deleted', email.deleted),
    flag('flagged', email.flagged),
  ].join('');
}

function flag(name: string, value: boolean | undefined): string {
  return xmlElement(name, value === undefined ? undefined : String(value));
}

function tail(email: Omit<EmailObject, 'emailItem'>): string {
  return `${extText(email.ext)}</Email>`;
}

/** Ext elements of an email or folder object. */
export function extText(list: readonly DevInfExt[]): string {
  return list
    .map((ext) => `<Ext>${xmlElement('XNam', ext.xNam)}${ext.xVal.map((value) => xmlElement('XVal', value)).join('')}</Ext>`)
    .join('');
}

function openItem(wrapping: Wrapping): string {
  return wrapping === 'base64' || wrapping === 'quoted-printable' ? `<emailitem enc="${wrapping}">` : '<emailitem>';
}

function chooseWrapping(item: Uint8Array, options: EmailOptions): Wrapping {
  const { enc = 'auto', cdata } = options;
  if (item.length === 0) return 'empty';
  if (enc === 'base64' || enc === 'quoted-printable') return enc;
  const text = decodeUtf8(item);
  if (text === undefined || !isXmlText(text)) {
    if (enc === 'auto') return 'base64';
    throw new SyncmlError('ERR_SYNCML_BAD_VALUE', 'the mail is no text that XML can hold', { path: 'Email/emailitem' });
  }
  if (cdata !== undefined) return cdata ? 'cdata' : 'escaped';
  const cost = textCost(item);
  return cost.cdata < cost.escaped ? 'cdata' : 'escaped';
}

function wrap(item: Uint8Array, wrapping: Wrapping, options: EmailOptions): Uint8Array {
  if (wrapping === 'empty') return item;
  if (wrapping === 'escaped') return encodeUtf8(escapeXml(decodeUtf8(item) ?? ''));
  if (wrapping === 'cdata') return cdataBytes(item);
  if (wrapping === 'base64') return encodeBase64Bytes(item);
  // Quoted-printable needs no escaping but for its CR LF.
  const quoted = encodeQuotedPrintable(item);
  return options.cdata === false ? encodeUtf8(escapeXml(quoted)) : cdataBytes(encodeUtf8(quoted));
}

function wrappedSize(item: Uint8Array, wrapping: Wrapping, options: EmailOptions): number {
  if (wrapping === 'empty') return 0;
  if (wrapping === 'base64') return base64Length(item.length);
  return wrapping === 'quoted-printable' ? wrap(item, wrapping, options).length : textCost(item)[wrapping];
}
