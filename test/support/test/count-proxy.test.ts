import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CountProxy, startCountProxy } from '../count-proxy.ts';
import { listen } from '../listen.ts';

// A server that answers every chunk with "<chunk>!" and notes what it got.
const sockets = new Set<Socket>();
const heard: string[] = [];
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    heard.push(data.toString());
    socket.write(`${data.toString()}!`);
  });
});
let proxy: CountProxy;

beforeEach(async () => {
  heard.length = 0;
  proxy = await startCountProxy({ targetPort: await listen(server) });
});

afterEach(async () => {
  await proxy.stop();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, proxy.host);
  // Stopping the proxy resets the connections that a test leaves open.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, words: string): Promise<string> {
  const reply = once(socket, 'data');
  socket.write(words);
  const [data] = await reply;
  return String(data);
}

test('counts payload both ways, turns and connections, and starts again at zero', async () => {
  const socket = await open();
  expect(await ask(socket, 'abc')).toBe('abc!');
  expect(await ask(socket, 'de')).toBe('de!');
  expect(proxy.counts()).toEqual({ up: 5, down: 7, turns: 2, connections: 1, cuts: 0 });
  proxy.reset();
  await ask(socket, 'f');
  expect(proxy.counts()).toEqual({ up: 1, down: 2, turns: 1, connections: 0, cuts: 0 });
  socket.destroy();
});

test('counts the wait for a greeting as a turn', async () => {
  const greeter = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('hello');
  });
  const other = await startCountProxy({ targetPort: await listen(greeter) });
  const socket = connect(other.port);
  await once(socket, 'data');
  expect(other.counts()).toMatchObject({ up: 0, down: 5, turns: 1 });
  socket.destroy();
  await other.stop();
  greeter.close();
});

test('loses a reply: the server has got the request, the client sees a reset', async () => {
  const socket = await open();
  await ask(socket, 'one');
  proxy.cutNext({ direction: 'down' });
  await expect(ask(socket, 'two')).rejects.toThrow('ECONNRESET');
  expect(heard).toEqual(['one', 'two']);
  expect(proxy.counts()).toMatchObject({ down: 4, cuts: 1 });
  expect(await ask(await open(), 'three')).toBe('three!');
});

test('loses a request whole', async () => {
  const socket = await open();
  proxy.cutNext({ direction: 'up', afterMessages: 1 });
  await ask(socket, 'one');
  await expect(ask(socket, 'two')).rejects.toThrow('ECONNRESET');
  expect(heard).toEqual(['one']);
});

test('cuts in the middle of a message and lets what came before arrive', async () => {
  const socket = await open();
  proxy.cutNext({ direction: 'up', afterBytes: 3, how: 'close' });
  const received: Buffer[] = [];
  socket.on('data', (data: Buffer) => received.push(data));
  socket.write('abcdef');
  await once(socket, 'close');
  await expect.poll(() => heard).toEqual(['abc']);
});

test('goes silent without telling anybody', async () => {
  const socket = await open();
  proxy.cutNext({ direction: 'down', how: 'silence' });
  socket.write('x');
  await expect.poll(() => proxy.counts().cuts).toBe(1);
  socket.write('y');
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  expect(heard).toEqual(['x']);
  expect(socket.destroyed).toBe(false);
});
