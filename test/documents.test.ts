// The documents are true of the code: error codes, configuration, commands, examples, links.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '@packetboat/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startWorld, type World } from './support/world.ts';

const top = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'packetboat-documents-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function read(path: string): string {
  return readFileSync(join(top, path), 'utf8');
}

function filesBelow(path: string, ending: string): string[] {
  return readdirSync(join(top, path), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !/(?:^|\/)(?:dist|node_modules)\//.test(name))
    .map((name) => join(path, name));
}

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesBelow('docs', '.md')];

/** Whether a configuration is taken. */
function load(name: string, yaml: string): void {
  const file = join(folder, name);
  writeFileSync(file, yaml);
  loadConfig(file, {});
}

describe('operations.md', () => {
  it('lists every error code of the sources, and no other', () => {
    const sources = filesBelow('packages', '.ts').filter((path) => path.includes('/src/'));
    const used = new Set(sources.flatMap((path) => read(path).match(/(?<=')ERR_[A-Z]+_[A-Z0-9_]+(?=')/g) ?? []));
    const listed = read('docs/operations.md').match(/(?<=^\| `)ERR_[A-Z0-9_]+(?=` \|)/gm) ?? [];
    expect(used.size).toBeGreaterThan(40);
    expect(listed.toSorted()).toEqual([...used].toSorted());
  });

  it('names every word of the log', () => {
    const sources = ['server', 'mail'].flatMap((name) => filesBelow(`packages/${name}/src`, '.ts'));
    const log = /log\??\s*\.(?:debug|info|warn|error)\(\s*(?:fields|\{[^;]*?\}),\s*'([^']+)'/g;
    const words = sources.flatMap((path) => Array.from(read(path).matchAll(log), ([, text = '']) => text));
    expect(words.length).toBeGreaterThan(20);
    const text = read('docs/operations.md');
    expect([...new Set(words)].filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
  });

  it('names every key of the configuration', () => {
    const schema = read('packages/server/src/config/schema.ts');
    const interfaces = schema.slice(0, schema.indexOf('const secret'));
    const keys = Array.from(interfaces.matchAll(/readonly (\w+)\??:/g), ([, key = '']) => key);
    const text = read('docs/operations.md');
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !new RegExp(`[\`.{ ]${key}[\`:\\[.]`).test(text))).toEqual([]);
  });

  it('names every variable that goes before the configuration', () => {
    const variables = read('packages/server/src/config/load.ts').match(/^ {2}PACKETBOAT_\w+/gm) ?? [];
    expect(variables.length).toBeGreaterThan(3);
    for (const variable of variables) expect(read('docs/operations.md')).toContain(`| \`${variable.trim()}\` |`);
  });
});

describe('configurations that people may copy', () => {
  it.each(filesBelow('examples', '.yaml'))('%s is taken', (path) => {
    expect(() => load('example.yaml', read(path))).not.toThrow();
  });

  it('those in documents are taken', () => {
    const blocks = documents.flatMap((path) =>
      Array.from(read(path).matchAll(/^```yaml\n(.*?)^```/gms), ([, yaml = '']) => ({ path, yaml })),
    );
    expect(blocks.length).toBeGreaterThanOrEqual(2);
    for (const { path, yaml } of blocks) expect(() => load('block.yaml', yaml), path).not.toThrow();
  });
});

describe('what documents point to', () => {
  it.each(documents)('%s has no broken links', (path) => {
    const targets = Array.from(read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g), ([, target = '']) => target);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(top, dirname(path), target)))).toEqual([]);
  });

  it('files of the sources that documents name are there', () => {
    const packages = new Set(['wbxml', 'syncml', 'message', 'datasync', 'mail', 'server', 'client', 'cli']);
    const text = read('docs/architecture.md') + filesBelow('docs/decisions', '.md').map(read).join('\n');
    const named = Array.from(text.matchAll(/`(?:packages\/)?((?:\w+)\/src\/[\w/.-]+)`/g), ([, path = '']) => path);
    const own = named.filter((path) => packages.has(path.split('/')[0] ?? ''));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((path) => !existsSync(join(top, 'packages', path)))).toEqual([]);
  });

  it('scripts and commands that documents name are there', () => {
    const text = documents.map(read).join('\n');
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const run = Array.from(text.matchAll(/npm run ([a-z:]+)/g), ([, name = '']) => name);
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([]);
    const commands = Array.from(text.matchAll(/(?:^|`)packetboat ([a-z]+)\b/gm), ([, name = '']) => name);
    expect(commands.length).toBeGreaterThan(5);
    expect(commands.filter((name) => !existsSync(join(top, `packages/cli/src/commands/${name}.ts`)))).toEqual([]);
  });
});

describe('examples/list-inbox.ts', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    await world.deliver('From: Grace <grace@harbour.example>\r\nSubject: Ahoy\r\nMessage-ID: <1@harbour.example>\r\n\r\nHello\r\n');
  });

  afterAll(async () => {
    await world.close();
  });

  const run = (secret: string): Promise<{ readonly stdout: string }> =>
    promisify(execFile)(
      process.execPath,
      ['--conditions=packetboat-source', join(top, 'examples/list-inbox.ts'), join(folder, 'device.db')],
      {
        env: { ...process.env, SYNC_SERVER: world.server.url, SYNC_USER: 'alice', SYNC_PASSWORD: secret },
      },
    );

  it('syncs and lists what is new', async () => {
    const { stdout } = await run(password);
    expect(stdout).toMatch(/ new, 0 changed, 0 deleted, \d+ bytes in \d round trips\n +\d+ {2}Grace +Ahoy\n$/);
  });

  it('says why it could not', async () => {
    await expect(run('wrong')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('ERR_SESSION_AUTH') });
  });
});
