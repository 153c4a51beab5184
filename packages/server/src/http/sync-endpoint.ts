// `POST /sync`: the HTTP binding of SyncML. A message in, a message out; what is no message gets an HTTP error in words.
// OMA-TS-SyncML_HTTPBinding: authentication failures travel in a Status, never as HTTP 401.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { contentTypeOf, encodingOf } from '@packetboat/syncml';
import type { SyncDriver } from '../sync/driver.ts';
import type { Log } from '../account/log.ts';

/** Largest body taken, bytes: four times what we announce as MaxMsgSize, for peers that measure generously. */
export const bodyLimit = 262_144;

/** Longest time a body may take to arrive, ms: a message of 64 kB at 2,400 bit/s needs 220 s. */
export const bodyTimeout = 300_000;

export interface SyncEndpointOptions {
  readonly driver: SyncDriver;
  readonly log: Log;
  /** Takes passwords in clear text from other machines: for a link that something else protects. */
  readonly allowInsecure: boolean;
}

export async function handleSync(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: SyncEndpointOptions,
): Promise<void> {
  const { driver, log } = options;
  if (!options.allowInsecure && !isProtected(request)) {
    return refuse(request, response, 403, 'Log-ins are taken over TLS only: use https, or put a TLS proxy on this machine in front.');
  }
  const encoding = encodingOf(request.headers['content-type'] ?? '');
  if (encoding === undefined) {
    return refuse(request, response, 415, 'The body must be application/vnd.syncml+xml or application/vnd.syncml+wbxml.');
  }
  const body = await readBody(request);
  if (body === 'too large')
    return refuse(request, response, 413, `A message may have ${bodyLimit} bytes; larger objects go in chunks (MoreData).`);
  if (body === 'broken') return;
  const started = performance.now();
  try {
    const reply = await driver.answer({ body, encoding, token: url.searchParams.get('s') });
    response.statusCode = 200;
    response.setHeader('Content-Type', contentTypeOf(reply.encoding));
    // Some phones cannot read a chunked answer.
    response.setHeader('Content-Length', reply.body.length);
    response.end(reply.body);
    log.info(
      {
        person: reply.person,
        device: reply.deviceId,
        in: body.length,
        out: reply.body.length,
        ms: Math.round(performance.now() - started),
      },
      'sync message',
    );
  } catch (error) {
    answerError(error, request, response, log);
  }
}

/** TLS, or no network at all. A proxy on this machine says in X-Forwarded-Proto how the device came to it. */
function isProtected(request: IncomingMessage): boolean {
  if (request.socket instanceof TLSSocket) return true;
  if (!/^(?:::ffff:)?127\.|^::1$/i.test(request.socket.remoteAddress ?? '')) return false;
  const forwarded = request.headers['x-forwarded-proto'];
  return forwarded === undefined || String(forwarded).split(',', 1)[0]?.trim().toLowerCase() === 'https';
}

function answerError(error: unknown, request: IncomingMessage, response: ServerResponse, log: Log): void {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_SESSION_STALE') return refuse(request, response, 409, 'This message was answered before; the session has gone on.');
  if (/^ERR_(WBXML|XML|SYNCML)_/.test(code) && error instanceof Error) {
    log.debug({ code }, 'message refused');
    return refuse(request, response, 400, `${code}: ${error.message}`);
  }
  if (code === 'ERR_SESSION_PROTOCOL' && error instanceof Error) return refuse(request, response, 400, `${code}: ${error.message}`);
  if (code === 'ERR_SYNC_MAILBOX_UNREAD') {
    response.setHeader('Retry-After', '5');
    return refuse(request, response, 503, 'The mailbox is being read for the first time, or its mail server cannot be reached; try again.');
  }
  if (code === 'ERR_STORE_CONFLICT') return refuse(request, response, 503, 'The mailbox is changing too fast; try again.');
  log.error(
    { code, error: error instanceof Error ? error.name : 'unknown', stack: error instanceof Error ? error.stack : undefined },
    'sync message failed',
  );
  refuse(request, response, 500, 'The server failed to answer; what was sent before is kept. Try again.');
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

function readBody(request: IncomingMessage): Promise<Uint8Array | 'too large' | 'broken'> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return Promise.resolve('too large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyLimit) {
        request.removeAllListeners('data');
        resolve('too large');
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    request.on('error', () => resolve('broken'));
    request.on('close', () => resolve('broken'));
  });
}
