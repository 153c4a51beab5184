// Where a request comes from: the socket's other end, or what a proxy says that we were told to believe.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

export interface Origin {
  /** As it is counted by: an IPv4 address, or the /64 network of an IPv6 one, which is what one customer has. */
  readonly key: string;
  /** A program on this machine: perhaps a proxy behind which everybody is. */
  readonly isLocal: boolean;
}

/** Reads `ADDRESS` and `ADDRESS/BITS`. Throws a `RangeError` that names the one that is neither. */
export function proxyList(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [, address = '', bits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const longest = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || Number(bits ?? 0) > longest) throw new RangeError(`${text} is no IP address or network`);
    list.addSubnet(address, Number(bits ?? longest), family);
  }
  return list;
}

/** The address nearest to us that is not one of the trusted proxies. What stands in X-Forwarded-For before it anybody may have written. */
export function originOf(request: IncomingMessage, proxies: BlockList): Origin {
  let address = plain(request.socket.remoteAddress ?? '');
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  while (isTrusted(address, proxies)) {
    const before = plain(forwarded.pop()?.trim() ?? '');
    if (isIP(before) === 0) break;
    address = before;
  }
  return { key: addressKey(address), isLocal: isLoopback(address) };
}

/** The other end of a connection itself. */
export function originOfSocket(socket: Socket, proxies: BlockList): Origin & { readonly isProxy: boolean } {
  const address = plain(socket.remoteAddress ?? '');
  return { key: addressKey(address), isLocal: isLoopback(address), isProxy: isTrusted(address, proxies) };
}

function isTrusted(address: string, proxies: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && proxies.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

export function isLoopback(address: string): boolean {
  return /^127\.|^::1$/.test(plain(address));
}

/** An IPv4 address that came through an IPv6 socket is one of IPv4; a zone is not part of an address. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

/** By what tries and connections are counted. */
export function addressKey(text: string): string {
  const address = plain(text);
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
