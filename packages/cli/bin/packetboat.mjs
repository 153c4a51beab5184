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

/** Runs this file in our place under another Node or with other options: same terminal, same signals, same end. */
function become(node, options) {
  const child = spawn(node, [...options, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
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

const options = fromSource ? [condition] : [];
if (!newEnough(process.versions.node)) {
  const node = nodeOfCheckout();
  if (node === undefined) {
    fail(
      `Node ${minimum.join('.')} or newer is needed and this is ${process.versions.node}: install Node 24, or in a checkout run "npm run setup"`,
    );
  } else become(node, options);
} else if (fromSource && !process.execArgv.includes(condition)) become(process.execPath, options);
else {
  const main = join(here, '..', ...(fromSource ? ['src', 'main.ts'] : ['dist', 'main.js']));
  if (!existsSync(main)) fail('this checkout is not built: run "npm run build", or set PACKETBOAT_SOURCE=1');
  const { main: run } = await import(main);
  await run(process.argv.slice(2));
}
