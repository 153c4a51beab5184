// A raw HTTP server for the transport's tests: it sees the very bytes of a request and answers what a test says, byte for byte.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawServer {
  readonly url: string;
  /** Requests as they came, header and body. */
  readonly requests: Buffer[];
  /** Answers in order; the last one is for all further requests. */
  answers: RawAnswer[];
  connections: number;
  received: number;
  sent: number;
  stop(): Promise<void>;
}

/** `null`: nothing is answered. `cut`: that much of `text`, then the connection breaks. */
export type RawAnswer = { readonly text: string; readonly cut?: number; readonly closeAfter?: boolean } | null;

export function ok(body: string, headers = ''): RawAnswer {
  return {
    text: `HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml+wbxml\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
  };
}

export async function startRawServer(): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    state.connections += 1;
    sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      state.received += data.length;
      waiting = Buffer.concat([waiting, data]);
      const end = waiting.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(waiting.toString('latin1'))?.[1] ?? 0);
      if (waiting.length < end + 4 + length) return;
      state.requests.push(waiting);
      waiting = Buffer.alloc(0);
      answer(socket);
    });
  });
  const answer = (socket: Socket): void => {
    const next = state.answers.length > 1 ? state.answers.shift() : state.answers[0];
    if (next === null || next === undefined) return;
    const text = next.text.slice(0, next.cut ?? next.text.length);
    state.sent += text.length;
    socket.write(text, 'latin1', () => {
      if (next.cut !== undefined) socket.resetAndDestroy();
      else if (next.closeAfter === true) socket.end();
    });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: RawServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sync`,
    requests: [],
    answers: [],
    connections: 0,
    received: 0,
    sent: 0,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}
