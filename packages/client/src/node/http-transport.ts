// The transport over HTTP/1.1 with kept connections and no header that the server could do without. OMA SyncML HTTP Binding 1.2 §4.
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { macHeaderName } from '@packetboat/datasync';
import { clientLimits } from '../limits.ts';
import type { Traffic, Transport, TransportAnswer, TransportRequest } from '../transport.ts';

export interface HttpTransportOptions {
  /** Largest answer taken, bytes; default `clientLimits.replyBytes`. */
  readonly maxReplyBytes?: number;
  /** Longest time to connect, ms; default 20 s, for links that have to be woken. */
  readonly connectMs?: number;
  /** Longest silence while an answer is awaited or coming, ms; default 60 s: the server may have to open many mails first. */
  readonly silenceMs?: number;
  /** Certificate authorities, PEM, in place of the system's. */
  readonly ca?: string;
}

type Settings = HttpTransportOptions & Required<Omit<HttpTransportOptions, 'ca'>>;

const defaults = { maxReplyBytes: clientLimits.replyBytes, connectMs: 20_000, silenceMs: 60_000 };

/** Statuses that say "not now" rather than "no". */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function httpTransport(options: HttpTransportOptions = {}): Transport {
  const counter = new Counter();
  const agentOptions = { keepAlive: true, maxSockets: 1 };
  const agents = { 'http:': new http.Agent(agentOptions), 'https:': new https.Agent(agentOptions) };
  const settings = { ...defaults, ...options };
  return {
    attempt: (request) => attempt(request, settings, agents, counter),
    traffic: () => counter.traffic(),
    close: async () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

interface Agents {
  readonly 'http:': http.Agent;
  readonly 'https:': https.Agent;
}

function attempt(
  { url, contentType, body, mac }: TransportRequest,
  settings: Settings,
  agents: Agents,
  counter: Counter,
): Promise<TransportAnswer> {
  const secure = new URL(url).protocol === 'https:';
  const { promise, resolve } = Promise.withResolvers<TransportAnswer>();
  const request = (secure ? https : http).request(url, {
    method: 'POST',
    agent: agents[secure ? 'https:' : 'http:'],
    headers: { 'Content-Type': contentType, 'Content-Length': body.length, ...(mac === undefined ? {} : { [macHeaderName]: mac }) },
    ...(secure && settings.ca !== undefined ? { ca: settings.ca } : {}),
  });
  // HTTP/1.1 keeps connections without being asked; this takes away the header that says so.
  request.removeHeader('Connection');
  const connecting = setTimeout(() => request.destroy(new Error('no connection in time')), settings.connectMs);
  request.setTimeout(settings.silenceMs, () => request.destroy(new Error('no answer in time')));
  request.once('socket', (socket) => {
    counter.watch(socket);
    if (request.reusedSocket) clearTimeout(connecting);
    else socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
  });
  request.once('response', (response) => void receive(response, settings.maxReplyBytes).then(resolve));
  request.once('error', (error) => resolve(failed(error, url, request.reusedSocket)));
  request.once('close', () => clearTimeout(connecting));
  request.end(body);
  return promise;
}

function failed(error: Error, url: string, reused: boolean): TransportAnswer {
  const { code } = error as NodeJS.ErrnoException;
  // A certificate does not become good by trying again.
  const final = code !== undefined && /^(?:CERT_|ERR_TLS|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ENOTFOUND)/.test(code);
  const closedWhileIdle = reused && (code === 'ECONNRESET' || code === 'EPIPE');
  const reason = `${new URL(url).host}: ${error.message}`;
  return { kind: 'failed', reason, retry: !final, ...(closedWhileIdle ? { atOnce: true } : {}) };
}

async function receive(response: http.IncomingMessage, maxBytes: number): Promise<TransportAnswer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > maxBytes) {
        response.destroy();
        return { kind: 'failed', reason: `the answer is larger than ${maxBytes} bytes`, retry: false };
      }
      pieces.push(piece);
    }
  } catch {
    return { kind: 'failed', reason: 'the answer was cut off', retry: true };
  }
  const status = response.statusCode ?? 0;
  if (status !== 200) return refused(status, response.headers);
  // A copy of its own: the session keeps views of it.
  const body = new Uint8Array(Buffer.concat(pieces));
  const mac = response.headers[macHeaderName];
  return {
    kind: 'reply',
    contentType: response.headers['content-type'] ?? '',
    body,
    ...(mac === undefined ? {} : { mac: String(mac) }),
  };
}

function refused(status: number, headers: http.IncomingHttpHeaders): TransportAnswer {
  const seconds = Number(headers['retry-after']);
  const place =
    status >= 300 && status < 400 && headers.location !== undefined ? `, which points to ${headers.location.slice(0, 200)}` : '';
  return {
    kind: 'failed',
    reason: `HTTP status ${status} ${http.STATUS_CODES[status] ?? ''}`.trim() + place,
    httpStatus: status,
    retry: passing.has(status),
    ...(Number.isFinite(seconds) ? { afterMs: seconds * 1_000 } : {}),
  };
}

/** Bytes by the sockets' own counters, so that headers and repeats are in. */
class Counter {
  #up = 0;
  #down = 0;
  #connections = 0;
  readonly #open = new Set<Socket>();

  watch(socket: Socket): void {
    if (this.#open.has(socket)) return;
    this.#open.add(socket);
    this.#connections += 1;
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#up += socket.bytesWritten;
      this.#down += socket.bytesRead;
    });
  }

  traffic(): Traffic {
    let [up, down] = [this.#up, this.#down];
    for (const socket of this.#open) {
      up += socket.bytesWritten;
      down += socket.bytesRead;
    }
    return { up, down, connections: this.#connections };
  }
}
