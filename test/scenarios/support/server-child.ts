// A world's server as a process of its own that can lose its power: told `kill N`, it ends itself right before its Nth commit to
// any database from then on. Arguments: folder of the data, port (0 = any). Prints its address when it serves.
import Database from 'better-sqlite3';
import { startServer } from '@packetboat/server';
import { configOf, password } from '../../support/world.ts';

let left = Number.POSITIVE_INFINITY;

// Every transaction of the store and of the integrated mailboxes ends with this statement.
const prepare = Reflect.get(Database.prototype, 'prepare') as (this: Database.Database, text: string) => Database.Statement;
Reflect.set(Database.prototype, 'prepare', function prepareCounted(this: Database.Database, text: string) {
  const statement = prepare.call(this, text);
  if (text !== 'commit') return statement;
  return new Proxy(statement, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'run' || typeof value !== 'function') return typeof value === 'function' ? value.bind(target) : value;
      return (...values: readonly unknown[]): unknown => {
        left -= 1;
        if (left <= 0) process.kill(process.pid, 'SIGKILL');
        return Reflect.apply(value, target, values);
      };
    },
  });
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
