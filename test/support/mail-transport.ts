// The headers that mail servers put on the way: the greater part of a small mail.
import { mailDate } from './mail-encoding.ts';
import type { Person } from './mail-words.ts';
import type { Random } from './random.ts';

interface Route {
  readonly from: Person;
  readonly to: Person;
  /** The sender's. */
  readonly domain: string;
  readonly date: number;
}

export function transportHeaders(random: Random, route: Route): string[] {
  const hops = Array.from({ length: 2 + random.integer(4) }, (_, hop) => received(random, route, hop));
  return [
    `Return-Path: <${route.from.address}>`,
    ...hops.toReversed(),
    ...(random.chance(0.7) ? [authenticationResults(route)] : []),
    ...(random.chance(0.7) ? [dkimSignature(random, route)] : []),
    ...(random.chance(0.2) ? [`List-Unsubscribe: <https://${route.domain}/leave/${random.hex(40)}>`, 'Precedence: bulk'] : []),
    ...(random.chance(0.3) ? [`X-Spam-Status: No, score=-${random.integer(5)}.${random.integer(10)} required=5.0`] : []),
  ];
}

function received(random: Random, { to, domain, date }: Route, hop: number): string {
  const address = `192.0.2.${1 + random.integer(254)}`;
  return [
    `Received: from mx${hop + 1}.${domain} (mx${hop + 1}.${domain} [${address}])`,
    ` by relay${hop + 1}.example.test (Postfix) with ESMTPS id ${random.hex(10).toUpperCase()}`,
    ` (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))`,
    ` for <${to.address}>; ${mailDate(date + hop * 1_000)}`,
  ].join('\r\n');
}

function authenticationResults({ domain, from }: Route): string {
  return [
    'Authentication-Results: relay1.example.test;',
    ` dkim=pass (2048-bit key) header.d=${domain} header.s=mail header.b=signed;`,
    ` spf=pass smtp.mailfrom=${from.address}; dmarc=pass header.from=${domain}`,
  ].join('\r\n');
}

function dkimSignature(random: Random, { domain, date }: Route): string {
  // 256 bytes, as of a 2048-bit key.
  const signature = random.bytes(256).toString('base64').replace(/.{68}/g, '$&\r\n ');
  return [
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=mail;`,
    ` t=${date / 1_000}; h=from:to:cc:subject:date:message-id:mime-version:content-type;`,
    ` bh=${random.bytes(32).toString('base64')};`,
    ` b=${signature}`,
  ].join('\r\n');
}
