// Mail addresses as the integrated store compares them (RFC 5321 §2.4, RFC 6531, RFC 5890).
import { domainToASCII } from 'node:url';

/**
 * The form in which two spellings of an address are equal: local part in lower case and NFC (ours are not case-sensitive),
 * domain in lower-case ASCII. Undefined when it is not `local@domain` or has white space or control characters.
 */
export function addressKey(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  if (at < 1 || at === address.length - 1 || address.length > 320) return undefined;
  if (/[\s<>\p{Cc}]/u.test(address)) return undefined;
  const domain = address.slice(at + 1);
  const ascii = domain.startsWith('[') ? domain.toLowerCase() : domainToASCII(domain);
  if (ascii === '') return undefined;
  return `${address.slice(0, at).normalize('NFC').toLowerCase()}@${ascii}`;
}

export function domainOfKey(key: string): string {
  return key.slice(key.lastIndexOf('@') + 1);
}
