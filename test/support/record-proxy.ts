// An HTTP proxy that keeps every exchange between a device and the server, so that a test can judge what was really said,
// and loses the one that a test wants lost.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

export interface Exchange {
  readonly request: Uint8Array;
  readonly requestType: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly reply: Uint8Array;
  readonly replyType: string;
}

export interface RecordProxy {
  readonly port: number;
  /** In the order of the answers. */
  readonly exchanges: Exchange[];
  /** Where requests go, e.g. `http://127.0.0.1:8025`. */
  forwardTo(origin: string): void;
  /** Loses one message: the `count`th from now (1 = the next). With its reply lost the server has answered it. */
  lose(what: 'request' | 'reply', count: number): void;
  stop(): Promise<void>;
}

export async function startRecordProxy(): Promise<RecordProxy> {
  const exchanges: Exchange[] = [];
  let origin = '';
  let loss: { readonly what: 'request' | 'reply'; readonly at: number } | undefined;
  let count = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    count += 1;
    const lost = loss?.at === count ? loss.what : undefined;
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    // The connection breaks: the client knows no more than that.
    if (lost === 'request') return void request.socket.destroy();
    const requestType = request.headers['content-type'] ?? '';
    const answer = await fetch(`${origin}${request.url}`, { method: 'POST', headers: { 'content-type': requestType }, body });
    const reply = Buffer.from(await answer.arrayBuffer());
    const replyType = answer.headers.get('content-type') ?? '';
    exchanges.push({ request: body, requestType, status: answer.status, reply, replyType });
    if (lost === 'reply') return void request.socket.destroy();
    response.writeHead(answer.status, { 'Content-Type': replyType, 'Content-Length': reply.length }).end(reply);
  };
  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  const port = await listen(server);
  return {
    port,
    exchanges,
    forwardTo: (to) => {
      origin = to;
    },
    lose: (what, number) => {
      loss = { what, at: count + number };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
