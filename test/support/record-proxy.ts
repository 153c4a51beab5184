// An HTTP proxy that keeps every exchange between a device and the server, so that a test can judge what was really said.
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
  stop(): Promise<void>;
}

export async function startRecordProxy(): Promise<RecordProxy> {
  const exchanges: Exchange[] = [];
  let origin = '';
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const requestType = request.headers['content-type'] ?? '';
    const answer = await fetch(`${origin}${request.url}`, { method: 'POST', headers: { 'content-type': requestType }, body });
    const reply = Buffer.from(await answer.arrayBuffer());
    const replyType = answer.headers.get('content-type') ?? '';
    exchanges.push({ request: body, requestType, status: answer.status, reply, replyType });
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
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
