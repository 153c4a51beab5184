import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressKey, originOf, proxyList, type Origin } from '../../src/http/address.ts';

/** What is seen of a request from this machine. */
async function origin(forwarded: string | undefined, proxies: readonly string[]): Promise<Origin> {
  const list = proxyList(proxies);
  const seen = Promise.withResolvers<Origin>();
  const server = createServer((request, response) => {
    seen.resolve(originOf(request, list));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}/`, { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } });
  await new Promise((resolve) => server.close(resolve));
  return seen.promise;
}

describe('where a request comes from', () => {
  test('is the other end of the connection, whatever anybody writes into a header', async () => {
    expect(await origin('203.0.113.7', [])).toEqual({ key: '127.0.0.1', isLocal: true });
    expect(await origin('203.0.113.7', ['10.0.0.0/8'])).toEqual({ key: '127.0.0.1', isLocal: true });
  });

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['198.51.100.1,203.0.113.7 , 10.1.2.3,10.9.9.9', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::1:2', '2001:db8:0:0::/64'],
  ])('is, with a proxy that is trusted and says %s, %s', async (forwarded, key) => {
    expect(await origin(forwarded, ['127.0.0.1', '10.0.0.0/8'])).toEqual({ key, isLocal: false });
  });

  test.each([undefined, '', 'unknown', '203.0.113.7, _hidden'])('is the proxy when it says %j', async (forwarded) => {
    expect(await origin(forwarded, ['127.0.0.1'])).toEqual({ key: '127.0.0.1', isLocal: true });
  });
});

describe('an address is counted by', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s: %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

test.each(['10.0.0.0/33', 'proxy.example.org', '10.0.0', '::/129', ''])('%j is no proxy', (text) => {
  expect(() => proxyList([text])).toThrow(RangeError);
});
