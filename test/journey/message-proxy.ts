// An HTTP proxy that passes whole messages and stops at each of their boundaries.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../support/listen.ts';

/**
 * `arrived`: the request is here and the server has not got it. `forwarded`: the server has got all of it and may be working.
 * `answered`: the reply is here and the client has not got it. `delivered`: the client has got all of it.
 */
export type Boundary = 'arrived' | 'forwarded' | 'answered' | 'delivered';

/** Called at each boundary. `lost`: the exchange ends here, and the client sees its connection break. */
export type AtBoundary = (boundary: Boundary) => Promise<'pass' | 'lost'>;

export interface MessageProxy {
  readonly url: string;
  /** All pass until it is set. */
  atBoundary: AtBoundary | undefined;
  /** Resolves when nothing is being passed and no boundary is being held. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Passes what comes to the same path on a port of this machine. */
export async function startMessageProxy(port: number): Promise<MessageProxy> {
  let turn = Promise.resolve();
  const at: AtBoundary = (boundary) => proxy.atBoundary?.(boundary) ?? Promise.resolve('pass');
  const server = createServer((incoming, outgoing) => {
    // One at a time: what comes while a boundary is being held waits.
    turn = turn.then(() => pass(incoming, outgoing, port, at)).catch(() => void outgoing.destroy());
  });
  const own = await listen(server);
  const proxy: MessageProxy = {
    url: `http://127.0.0.1:${own}/sync`,
    atBoundary: undefined,
    idle: () => turn,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return proxy;
}

async function pass(incoming: IncomingMessage, outgoing: ServerResponse, port: number, at: AtBoundary): Promise<void> {
  const body = await whole(incoming);
  if ((await at('arrived')) === 'lost') return void outgoing.destroy();
  const { method, url, headers } = incoming;
  // No kept connection: the server behind may be another process by the next message.
  const forward = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
  const answer = once(forward, 'response') as Promise<[IncomingMessage]>;
  answer.catch(() => {});
  await new Promise<void>((resolve, reject) => {
    forward.once('error', reject);
    forward.end(body, () => resolve());
  });
  forward.on('error', () => {});
  if ((await at('forwarded')) === 'lost') {
    forward.destroy();
    return void outgoing.destroy();
  }
  const [response] = await answer;
  const reply = await whole(response);
  if ((await at('answered')) === 'lost') return void outgoing.destroy();
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  await new Promise<void>((resolve) => {
    outgoing.end(reply, () => resolve());
  });
  await at('delivered');
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
