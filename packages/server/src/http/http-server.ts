// The HTTP server: the sync endpoint and the health checks. Few response headers, since each costs a device money.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { originOfSocket } from './address.ts';
import { Tally } from './admission.ts';
import { handleSync, refuse, type SyncEndpointOptions } from './sync-endpoint.ts';

export interface Health {
  readonly ready: boolean;
  /** How many accounts are in which state. No names: anybody may ask. */
  readonly accounts: Readonly<Record<string, number>>;
}

export interface HttpOptions extends SyncEndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly health: () => Health;
  /** PEM; without it the server speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface HttpServer {
  readonly port: number;
  /** Ends all connections. What was being answered is not waited for: see `Admission.idle`. */
  close(): Promise<void>;
}

export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { limits } = options.admission;
  const bounds = {
    requestTimeout: limits.bodyTime,
    headersTimeout: limits.headerTime,
    connectionsCheckingInterval: limits.checkTime,
    keepAliveTimeout: limits.keepAliveTime,
    maxHeaderSize: limits.headerBytes,
  };
  const listener: RequestListener = (request, response) => {
    // A Date header tells the device nothing that it needs.
    response.sendDate = false;
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    if (url === null) return refuse(request, response, 400, 'The address cannot be read.');
    if (url.pathname === '/sync') {
      if (request.method !== 'POST') return refuse(request, response, 405, 'SyncML messages are POSTed here.');
      handleSync(request, response, url, options).catch((error: unknown) => {
        options.log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'request failed');
        refuse(request, response, 500, 'The server failed to answer.');
      });
      return;
    }
    if (url.pathname === '/healthz' || url.pathname === '/readyz') {
      const health = options.health();
      const body = Buffer.from(
        `${JSON.stringify(url.pathname === '/healthz' ? { status: 'ok', accounts: health.accounts } : { ready: health.ready })}\n`,
      );
      response.writeHead(url.pathname === '/readyz' && !health.ready ? 503 : 200, {
        'Content-Type': 'application/json',
        'Content-Length': body.length,
      });
      response.end(body);
      return;
    }
    refuse(request, response, 404, 'There is nothing here. Devices sync at /sync.');
  };
  const server = options.tls === undefined ? createServer(bounds, listener) : createTlsServer({ ...bounds, ...options.tls }, listener);
  boundConnections(server, options);
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  return { port, close: () => close(server) };
}

/** Connections beyond what is taken are ended before anything is read of them. */
function boundConnections(server: Server, { proxies, admission: { limits } }: HttpOptions): void {
  const open = new Tally();
  server.maxConnections = limits.connections;
  server.setTimeout(limits.silence);
  server.on('connection', (socket) => {
    const origin = originOfSocket(socket, proxies);
    // Behind a proxy is everybody.
    if (origin.isLocal || origin.isProxy) return;
    if (open.of(origin.key) >= limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.add(origin.key, 1);
    socket.once('close', () => open.add(origin.key, -1));
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // What still runs is a body that trickles in, or an answer on its way.
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
