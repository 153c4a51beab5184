#!/usr/bin/env node
// Starts the command. JavaScript that runs on any Node from 18 up: it says what is wrong with an older one, or goes on under the
// checkout's own. PACKETBOAT_SOURCE=1 runs the TypeScript sources of a checkout instead of what was built from them.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const minimum = [24, 11];
const here = dirname(fileURLToPath(import.meta.url));
const fromSource = process.env.PACKETBOAT_SOURCE === '1';
const condition = '--conditions=packetboat-source';

function newEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

/** The Node that a checkout keeps for itself, in the folder `.node` above this package. */
function nodeOfCheckout() {
  const modules = join(here, '..', '..', '..', '.node', 'node_modules');
  if (!existsSync(modules)) return undefined;
  return readdirSync(modules)
    .filter((name) => /^node-\w+-\w+$/.test(name))
    .map((name) => join(modules, name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'))
    .find((path) => existsSync(path));
}

/**
 * How `serve` is started, for a server lives among others: its size follows what it has in hand and not the size of a mailbox. It
 * costs 5 to 10 % more CPU time. All of it holds from the start of a process or not at all. What the caller says goes before.
 */
const thrifty = {
  options: [
    // MB for new objects, twice: the work of a few messages. By itself V8 takes 16 and more, and keeps them.
    '--max-semi-space-size=8',
    // MB of older objects at which they are first looked through, a little above what a start leaves; V8 would let hundreds gather.
    '--initial-old-space-size=34',
    // And from then on when so much has been added to what was in use; V8 itself adds 8 MB at least.
    '--heap-growing-percent=10',
    // A function takes megabytes while it is compiled: one at a time.
    '--concurrent-turbofan-max-threads=1',
  ],
  // Otherwise the C library keeps what each of a dozen threads has given back for that thread alone.
  env: { MALLOC_ARENA_MAX: '1' },
};

/** Whether a process can be replaced: not on Windows, nor by older Nodes; and one who talks to us over a channel of Node's would lose it. */
const isReplaceable = process.execve !== undefined && process.platform !== 'win32' && process.send === undefined;

/** Runs this file in our place under another Node or with other options; beneath us, with the same terminal, signals and end, where that cannot be. */
function become(node, options, env) {
  const args = [...options, ...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (isReplaceable) process.execve(node, [node, ...args], env);
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal has sent Ctrl-C to the child already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('error', (error) => fail(`${node}: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(text) {
  console.error(`packetboat: ${text}`);
  process.exit(1);
}

const serves = process.argv[2] === 'serve';
const options = [...(fromSource ? [condition] : []), ...(serves ? thrifty.options : [])];
const env = serves ? { ...thrifty.env, ...process.env } : process.env;
const lacks = (option) => !process.execArgv.includes(option);
if (!newEnough(process.versions.node)) {
  const node = nodeOfCheckout();
  if (node === undefined) {
    fail(
      `Node ${minimum.join('.')} or newer is needed and this is ${process.versions.node}: install Node 24, or in a checkout run "npm run setup"`,
    );
  } else become(node, options, env);
} else if ((fromSource && lacks(condition)) || (isReplaceable && options.some(lacks))) become(process.execPath, options, env);
else {
  const main = join(here, '..', ...(fromSource ? ['src', 'main.ts'] : ['dist', 'main.js']));
  if (!existsSync(main)) fail('this checkout is not built: run "npm run build", or set PACKETBOAT_SOURCE=1');
  const { main: run } = await import(main);
  await run(process.argv.slice(2));
}
