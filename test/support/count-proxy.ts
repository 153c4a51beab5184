// A TCP proxy between a client and a server that counts payload bytes and turns, and cuts the line where a test wants it.
import { connect, createServer, type Socket } from 'node:net';
import { listen } from './listen.ts';

export type Direction = 'up' | 'down';

export interface Counts {
  /** Payload bytes from the client to the server and back, as they were passed on. */
  readonly up: number;
  readonly down: number;
  /** Waits of the client for the server: a burst of bytes down after bytes up, or after connecting (a greeting). */
  readonly turns: number;
  readonly connections: number;
  /** Cuts that have happened. */
  readonly cuts: number;
}

export interface Cut {
  readonly direction: Direction;
  /** Messages to let pass first. A message is what goes one way until the other side speaks. Default 0. */
  readonly afterMessages?: number;
  /** Bytes of the next message that still pass; the cut comes right after them. Default 0: the message is lost whole. */
  readonly afterBytes?: number;
  /** reset (default): both sides see the connection break. close: both see it end. silence: nothing passes any more, nobody is told. */
  readonly how?: 'reset' | 'close' | 'silence';
}

export interface CountProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  counts(): Counts;
  /** Sets all counts to 0; connections stay. */
  reset(): void;
  /** Cuts once, on whichever connection the place is reached first. Several cuts happen one after the other. */
  cutNext(cut: Cut): void;
  /** Breaks all connections now; new ones are taken. */
  breakAll(): void;
  stop(): Promise<void>;
}

export interface CountProxyTarget {
  readonly targetHost?: string;
  readonly targetPort: number;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  speaking: Direction | 'nobody';
  silent: boolean;
}

export async function startCountProxy({ targetHost = '127.0.0.1', targetPort }: CountProxyTarget): Promise<CountProxy> {
  const links = new Set<Link>();
  const counts = { up: 0, down: 0, turns: 0, connections: 0, cuts: 0 };
  const cuts = new CutList();

  const pass = (link: Link, direction: Direction, data: Buffer): void => {
    if (link.silent) return;
    const newMessage = link.speaking !== direction;
    if (newMessage && direction === 'down') counts.turns += 1;
    link.speaking = direction;
    const { allowed, cut } = cuts.look(direction, newMessage, data.length);
    const [from, to] = direction === 'up' ? [link.client, link.server] : [link.server, link.client];
    counts[direction] += allowed;
    if (cut !== undefined) {
      counts.cuts += 1;
      link.silent = true;
      // What may pass is handed over first: a reset would overtake it.
      if (allowed > 0) to.write(data.subarray(0, allowed), () => breakLink(link, cut.how ?? 'reset'));
      else breakLink(link, cut.how ?? 'reset');
    } else if (!to.write(data)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    counts.connections += 1;
    const target = connect({ host: targetHost, port: targetPort, allowHalfOpen: true, noDelay: true });
    const link: Link = { client, server: target, speaking: 'nobody', silent: false };
    links.add(link);
    join(link, client, target, (data) => pass(link, 'up', data));
    join(link, target, client, (data) => pass(link, 'down', data));
    client.once('close', () => links.delete(link));
  });
  const port = await listen(server);

  return {
    host: '127.0.0.1',
    port,
    counts: () => ({ ...counts }),
    reset: () => {
      Object.assign(counts, { up: 0, down: 0, turns: 0, connections: 0, cuts: 0 });
    },
    cutNext: (cut) => cuts.add(cut),
    breakAll: () => {
      for (const link of links) breakLink(link, 'reset');
    },
    stop: async () => {
      for (const link of links) breakLink(link, 'reset');
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function join(link: Link, from: Socket, to: Socket, onData: (data: Buffer) => void): void {
  from.on('data', onData);
  from.once('end', () => {
    if (!link.silent) to.end();
  });
  from.once('error', () => {
    if (!link.silent) to.resetAndDestroy();
  });
  from.once('close', () => {
    if (!link.silent) to.destroySoon();
  });
}

function breakLink(link: Link, how: 'reset' | 'close' | 'silence'): void {
  if (how === 'silence') {
    link.silent = true;
    return;
  }
  for (const socket of [link.client, link.server]) {
    // A close lets what was written before go out first.
    if (how === 'close') socket.destroySoon();
    else socket.resetAndDestroy();
  }
}

/** The cuts still to come, the first of them armed. */
class CutList {
  #cuts: Cut[] = [];
  #messages = 0;
  #bytes = 0;

  add(cut: Cut): void {
    this.#cuts.push(cut);
  }

  /** How many of these bytes may pass, and the cut to make after them. */
  look(direction: Direction, newMessage: boolean, length: number): { allowed: number; cut: Cut | undefined } {
    const [cut] = this.#cuts;
    if (cut === undefined || cut.direction !== direction) return { allowed: length, cut: undefined };
    if (newMessage) {
      this.#messages += 1;
      this.#bytes = 0;
    }
    // Bytes of a message that had begun before the cut was asked for belong to no counted message.
    if (this.#messages <= (cut.afterMessages ?? 0)) return { allowed: length, cut: undefined };
    const limit = cut.afterBytes ?? 0;
    const allowed = Math.min(length, limit - this.#bytes);
    this.#bytes += allowed;
    if (this.#bytes < limit) return { allowed, cut: undefined };
    this.#cuts.shift();
    this.#messages = 0;
    return { allowed, cut };
  }
}
