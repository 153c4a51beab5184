// `POST /sync`: the HTTP binding of SyncML. A message in, a message out; what is no message gets an HTTP error in words.
// OMA-TS-SyncML_HTTPBinding: authentication failures travel in a Status, never as HTTP 401.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { BlockList } from 'node:net';
import { macHeaderName } from '@packetboat/datasync';
import { contentTypeOf, encodingOf, type Encoding } from '@packetboat/syncml';
import type { SyncDriver } from '../sync/driver.ts';
import { SyncError } from '../sync/errors.ts';
import type { Log } from '../account/log.ts';
import { isLoopback, originOf, type Origin } from './address.ts';
import type { Admission } from './admission.ts';
import { readBody } from './read-body.ts';

export interface SyncEndpointOptions {
  /** Undefined while the server is not ready: before everything is open, and when it is closing. */
  readonly driver: () => SyncDriver | undefined;
  readonly log: Log;
  /** Takes passwords in clear text from other machines: for a link that something else protects. */
  readonly allowInsecure: boolean;
  /** Whose X-Forwarded-For is believed. */
  readonly proxies: BlockList;
  readonly admission: Admission;
}

export async function handleSync(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: SyncEndpointOptions,
): Promise<void> {
  const { admission } = options;
  if (options.driver() === undefined) return refuseNotReady(request, response, admission);
  if (!options.allowInsecure && !isProtected(request)) {
    return refuse(
      request,
      response,
      403,
      'Log-ins are taken over TLS only: use https, or put a TLS proxy on this machine in front, which sets X-Forwarded-Proto.',
    );
  }
  const encoding = encodingOf(request.headers['content-type'] ?? '');
  if (encoding === undefined) {
    return refuse(request, response, 415, 'The body must be application/vnd.syncml+xml or application/vnd.syncml+wbxml.');
  }
  const origin = originOf(request, options.proxies);
  // Before the body is read, and again when it is there: meanwhile others may have come, and a slow body takes no place.
  if (isTurnedAway(request, response, origin, admission)) return;
  const body = await readBody(request, admission);
  if (body === 'too large')
    return refuse(
      request,
      response,
      413,
      `A message may have ${admission.limits.bodyBytes} bytes; larger objects go in chunks (MoreData).`,
    );
  if (body === 'no room')
    return refuseForNow(request, response, 503, admission.limits.retryAfter, 'The server has too much to do; try again.');
  if (body === 'broken') return;
  try {
    if (isTurnedAway(request, response, origin, admission)) return;
    const driver = options.driver();
    if (driver === undefined) return refuseNotReady(request, response, admission);
    const leave = admission.enter(origin);
    try {
      await answer(request, response, url, { body: body.bytes, encoding, origin }, { driver, log: options.log });
    } finally {
      leave();
    }
  } finally {
    body.release();
  }
}

interface Post {
  readonly body: Uint8Array;
  readonly encoding: Encoding;
  readonly origin: Origin;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { body, encoding, origin }: Post,
  { driver, log }: { readonly driver: SyncDriver; readonly log: Log },
): Promise<void> {
  const started = performance.now();
  const mac = request.headers[macHeaderName];
  try {
    const reply = await driver.answer({
      body,
      encoding,
      token: url.searchParams.get('s'),
      address: origin.key,
      ...(mac === undefined ? {} : { mac: String(mac) }),
    });
    response.statusCode = 200;
    response.setHeader('Content-Type', contentTypeOf(reply.encoding));
    // Some phones cannot read a chunked answer.
    response.setHeader('Content-Length', reply.body.length);
    if (reply.mac !== undefined) response.setHeader(macHeaderName, reply.mac);
    response.end(reply.body);
    const { person, deviceId: device } = reply;
    const took = { in: body.length, out: reply.body.length, ms: Math.round(performance.now() - started) };
    // Who it claimed to be is left out: people type passwords into the wrong field. A digest over a lost nonce is no reason to warn.
    if (reply.logIn === 'refused') log.info({ remote: origin.key, device, ...took }, 'a log-in was refused');
    else log.info({ person, device, ...took }, 'sync message');
  } catch (error) {
    if (error instanceof SyncError && error.code === 'ERR_SYNC_TRIES') log.warn({ remote: origin.key }, 'too many wrong log-ins');
    answerError(error, request, response, log);
  }
}

function refuseNotReady(request: IncomingMessage, response: ServerResponse, { limits }: Admission): void {
  refuseForNow(request, response, 503, limits.retryAfter, 'The server is starting or closing; try again.');
}

/** Answers who gets no place. */
function isTurnedAway(request: IncomingMessage, response: ServerResponse, origin: Origin, admission: Admission): boolean {
  const full = admission.isFull(origin);
  if (full === 'server') refuseForNow(request, response, 503, admission.limits.retryAfter, 'The server has too much to do; try again.');
  if (full === 'address') refuseForNow(request, response, 429, admission.limits.retryAfter, 'Too many messages from this address at once.');
  return full !== undefined;
}

/**
 * TLS, or no network at all. A proxy on this machine says in X-Forwarded-Proto how the device came to it; one that names the
 * device's address and not that does not know what it must tell.
 */
function isProtected(request: IncomingMessage): boolean {
  if (request.socket instanceof TLSSocket) return true;
  if (!isLoopback(request.socket.remoteAddress ?? '')) return false;
  const forwarded = request.headers['x-forwarded-proto'];
  if (forwarded === undefined) return request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined;
  return String(forwarded).split(',', 1)[0]?.trim().toLowerCase() === 'https';
}

function answerError(error: unknown, request: IncomingMessage, response: ServerResponse, log: Log): void {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_SESSION_STALE') return refuse(request, response, 409, 'This message was answered before; the session has gone on.');
  if (/^ERR_(WBXML|XML|SYNCML)_/.test(code) && error instanceof Error) {
    log.debug({ code }, 'message refused');
    return refuse(request, response, 400, `${code}: ${error.message}`);
  }
  if ((code === 'ERR_SESSION_PROTOCOL' || code === 'ERR_SESSION_AUTH') && error instanceof Error)
    return refuse(request, response, 400, `${code}: ${error.message}`);
  if (error instanceof SyncError) return answerSyncError(error, request, response);
  if (code === 'ERR_STORE_CONFLICT') return refuse(request, response, 503, 'The mailbox is changing too fast; try again.');
  log.error(
    { code, error: error instanceof Error ? error.name : 'unknown', stack: error instanceof Error ? error.stack : undefined },
    'sync message failed',
  );
  refuse(request, response, 500, 'The server failed to answer; what was sent before is kept. Try again.');
}

function answerSyncError(error: SyncError, request: IncomingMessage, response: ServerResponse): void {
  // No Status 401: a telephone would show "wrong password" to somebody whose password is right.
  if (error.code === 'ERR_SYNC_TRIES')
    return refuseForNow(request, response, 429, error.after, 'There were too many wrong log-ins; try again later.');
  const text = 'The mailbox is being read for the first time, or its mail server cannot be reached; try again.';
  refuseForNow(request, response, 503, error.after, text);
}

/** `after`: s. */
function refuseForNow(request: IncomingMessage, response: ServerResponse, status: 429 | 503, after: number, text: string): void {
  response.setHeader('Retry-After', String(after));
  refuse(request, response, status, text);
}

/** Ends an exchange with words for people. The connection is closed when the body was not read. */
export function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return;
  if (!request.complete) response.setHeader('Connection', 'close');
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  response.end(body);
  request.resume();
}
