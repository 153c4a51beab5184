// Mail addresses (RFC 5322 §3.4): lists read leniently by postal-mime, single ones checked and written strictly.
import { addressParser } from 'postal-mime';
import { oneLine } from './bytes.ts';
import { encodeWords } from './encoded-word.ts';
import { MessageError } from './errors.ts';

/** A person or list. `address` is `local@domain`; read from broken mail it may be anything, '' included. */
export interface Address {
  readonly name?: string;
  readonly address: string;
}

const atext = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]";
const local = new RegExp(`^(?:${atext}+(?:\\.${atext}+)*|"(?:[ !#-\\[\\]-~]|\\\\[ -~])*")$`);
const label = '[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?';
const domain = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[!-Z^-~]+\\])$`);

/** Longest local part (RFC 5321 §4.5.3.1.1) and domain in bytes; a longer one passes no mail server. */
const longest = { local: 64, domain: 255 };

/**
 * The mailboxes of an address list, in order; groups are dissolved, comments become names where there is no other, and
 * encoded words are decoded. Never throws; what is no address keeps its text as `name` with `address` ''.
 */
export function parseAddresses(value: string): Address[] {
  return addressParser(value, { flatten: true })
    .map((found) => addressOf(oneLine(found.address ?? ''), oneLine(found.name)))
    .filter((found) => found.address !== '' || found.name !== undefined);
}

function addressOf(address: string, name: string): Address {
  return name === '' ? { address } : { name, address };
}

/** True for an address that can be put on a mail and into an SMTP envelope: ASCII, no blanks outside quotes, one domain. */
export function isAddress(address: string): boolean {
  const at = address.lastIndexOf('@');
  const [before, after] = [address.slice(0, at), address.slice(at + 1)];
  if (at < 1 || before.length > longest.local || after.length > longest.domain) return false;
  return local.test(before) && domain.test(after);
}

/** The address with its domain in ASCII (IDNA), as it goes on the wire. Throws `ERR_MESSAGE_ADDRESS`; `field` is named in the text. */
export function wireAddress(address: string, field: string): string {
  const at = address.lastIndexOf('@');
  const wire = at < 0 ? address : `${address.slice(0, at + 1)}${asciiDomain(address.slice(at + 1))}`;
  if (!isAddress(wire)) throw new MessageError('ERR_MESSAGE_ADDRESS', `${field}: not a mail address`);
  return wire;
}

function asciiDomain(name: string): string {
  // Only names that need it: the URL parser would also turn 127.1 into 127.0.0.1.
  if (!/[^\p{ASCII}]/u.test(name) || /[\s/?#@\\:[\]]/.test(name)) return name;
  try {
    return new URL(`http://${name}/`).hostname;
  } catch {
    return name;
  }
}

/** What two spellings of one address have in common: lower case, domain in ASCII. For comparing, never for the wire. */
export function addressKey(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address.toLowerCase() : `${address.slice(0, at)}@${asciiDomain(address.slice(at + 1))}`.toLowerCase();
}

/**
 * Words of an address list for a header field, to be joined by a space or a fold. Names are written as atoms, a quoted
 * string or encoded words, whichever comes back unchanged. Throws `ERR_MESSAGE_ADDRESS`.
 */
export function addressWords(list: readonly Address[], field: string): string[] {
  return list.flatMap((entry, index) => {
    const wire = wireAddress(entry.address, field);
    const name = entry.name ?? '';
    const words = name === '' ? [wire] : [...phraseWords(name), `<${wire}>`];
    const comma = index < list.length - 1 ? ',' : '';
    return words.map((word, at) => (at === words.length - 1 ? word + comma : word));
  });
}

function phraseWords(name: string): string[] {
  const atoms = name.split(' ');
  if (atoms.every((atom) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}$/.test(atom)) && !name.includes('=?')) return atoms;
  const quotable = /^[!-~](?:[ -~]{0,58}[!-~])?$/.test(name) && !name.includes('=?');
  return quotable ? [`"${name.replace(/["\\]/g, '\\$&')}"`] : encodeWords(name);
}

/** An address for people and for text files: `Name <address>`, the name quoted where it must be, nothing encoded. */
export function formatAddress(entry: Address): string {
  const name = entry.name ?? '';
  if (name === '') return entry.address;
  const bare = /^[^\p{Cc}()<>[\]:;@\\,."]+$/u.test(name);
  return `${bare ? name : `"${oneLine(name).replace(/["\\]/g, '\\$&')}"`} <${entry.address}>`;
}
