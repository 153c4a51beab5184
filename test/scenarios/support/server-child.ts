// A world's server as a process of its own that can lose its power: told `kill N`, it ends itself right before its Nth commit to
// any database from then on. Arguments: folder of the data, port (0 = any). Prints its address when it serves.
import { startServer } from '@packetboat/server';
import { watchCommits } from '../../support/commits.ts';
import { configOf, password } from '../../support/world.ts';

let left = Number.POSITIVE_INFINITY;

watchCommits({
  before: () => {
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
  },
});

const [data = '', port = '0'] = process.argv.slice(2);
const server = await startServer({
  config: configOf({ bob: true }, data, `127.0.0.1:${port}`),
  base: data,
  env: { PASSWORD: password },
});
process.stdin.on('data', (line: Buffer) => {
  left = Number(/^kill (\d+)/.exec(line.toString())?.[1] ?? Number.POSITIVE_INFINITY);
  console.log('armed');
});
process.once('SIGTERM', () => {
  void server.close().then(() => process.exit(0));
});
console.log(server.url);
