// A TCP proxy that can rewrite what the server says and cut the link, to play what a real server rarely does.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: () => number;
  /** Links that are open now. */
  readonly live: () => number;
  /** Cuts all links at once, as a failing network does. */
  cut(): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly port: number;
  /** Sees each piece from the client before it is passed on. */
  readonly fromClient?: (data: Buffer, cut: () => void) => Buffer;
  /** Sees each piece from the server before it is passed on; an empty one is swallowed. */
  readonly fromServer?: (data: Buffer, cut: () => void) => Buffer;
}

export async function startProxy({ port, fromClient, fromServer }: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    const upstream = connect(port, '127.0.0.1');
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    pass(client, upstream, (data) => fromClient?.(data, cut) ?? data);
    pass(upstream, client, (data) => fromServer?.(data, cut) ?? data);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        cut();
        sockets.delete(socket);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    live: () => sockets.size / 2,
    cut: cutAll,
    close: async () => {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(from: Socket, to: Socket, change: (data: Buffer) => Buffer): void {
  from.on('data', (data: Buffer) => {
    const changed = change(data);
    if (changed.length > 0 && !to.destroyed) to.write(changed);
  });
}
