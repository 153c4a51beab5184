// SyncEvolution as a real OMA DS client: a configuration of its own in a private folder, items as files, one process per session.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { definePeer, type Peer, requireProgram } from './peer.ts';
import { endSession, removeFolder, spawnSession, Tail, temporaryFolder } from './process.ts';
import { type FileItems, fileItems } from './syncevolution-items.ts';
import { syncEvolutionPreload } from './syncevolution-preload.ts';
import { readStatus, type SyncEvolutionReport } from './syncevolution-report.ts';

export const syncEvolutionPeer: Peer = definePeer({
  name: 'syncevolution',
  packages: ['syncevolution', 'gcc', 'libc6-dev'],
  programs: ['syncevolution', 'gcc', '/usr/include/dlfcn.h'],
});

export interface SyncEvolutionStore {
  /** The client's name of the store, for items() and in its messages (`./name`). */
  readonly name: string;
  /** The server's datastore. */
  readonly uri: string;
  /** Type of the items, e.g. application/vnd.omads-email+xml. Their bytes are opaque to the client. */
  readonly contentType: string;
  /** Default 1.2. */
  readonly contentVersion?: string;
}

export interface SyncEvolutionOptions {
  readonly serverUrl: string;
  readonly user: string;
  readonly password: string;
  readonly deviceId: string;
  readonly syncMlVersion: '1.0' | '1.1' | '1.2';
  readonly wbxml: boolean;
  readonly auth: 'basic' | 'md5';
  /** At most two content types in all: the engine has two opaque types that can be redefined. */
  readonly stores: readonly SyncEvolutionStore[];
  /** An existing folder to keep everything in (not removed by remove()); default: a temporary one. */
  readonly dataDir?: string;
}

export type SyncEvolutionMode =
  | 'two-way'
  | 'slow'
  | 'refresh-from-remote'
  | 'refresh-from-local'
  | 'one-way-from-remote'
  | 'one-way-from-local';

export interface SyncEvolutionRun {
  readonly mode?: SyncEvolutionMode;
  /** Stores to sync, default all. */
  readonly stores?: readonly string[];
  /** Properties for this run only, e.g. `maxMsgSize=16000`, `enableRefreshSync=1`. */
  readonly extra?: readonly string[];
  /** Milliseconds until the client is ended, default 60,000. */
  readonly timeoutMs?: number;
}

export interface SyncEvolutionResult {
  /** 0 when the session succeeded. */
  readonly exitCode: number;
  readonly output: string;
  /** What the client says of the session; undefined when it did not get as far as writing it. */
  readonly report: SyncEvolutionReport | undefined;
}

export interface SyncEvolution {
  readonly dataDir: string;
  items(store: string): FileItems;
  /** Runs one session. Rejects when the client takes too long, with its log; a failed session resolves with its exit code. */
  run(options?: SyncEvolutionRun): Promise<SyncEvolutionResult>;
  /** Loses anchors and maps, as a device does that was reset; the items stay. */
  forgetState(): void;
  /** The client's protocol log of its last session, as text. */
  logs(): string;
  /** Removes everything it wrote, if the folder is its own. */
  remove(): void;
}

const config = 'server@packetboat';
/** The engine's datatypes whose items pass untouched, by the name that databaseFormat takes. */
const opaqueTypes = [
  { datatype: 'raw-vcard', format: 'raw/text/vcard' },
  { datatype: 'raw-calendar', format: 'raw/text/calendar' },
] as const;

/** Writes the configuration of a client that has never synchronised. */
export async function createSyncEvolution(options: SyncEvolutionOptions): Promise<SyncEvolution> {
  const dataDir = options.dataDir ?? temporaryFolder('syncevolution');
  const place = layout(dataDir);
  for (const folder of [place.data, place.cache, place.datatypes, place.logs]) mkdirSync(folder, { recursive: true });
  const types = [...new Map(options.stores.map((store) => [store.contentType, store])).values()];
  if (types.length > opaqueTypes.length) throw new Error('SyncEvolution can carry two opaque content types, not more');
  // A file of the same name replaces the engine's own definition of its opaque types.
  writeFileSync(join(place.datatypes, '42-raw-types.xml'), types.map(datatypeXml).join('\n'));
  for (const store of options.stores) {
    mkdirSync(itemFolder(dataDir, store.name), { recursive: true });
    const format = opaqueTypes[types.findIndex(({ contentType }) => contentType === store.contentType)]?.format ?? '';
    const done = await syncevolution(dataDir, [
      '--configure',
      ...configuration(options, place.logs),
      ...storeProperties(dataDir, store, format),
    ]);
    if (done.exitCode !== 0) throw new Error(`SyncEvolution could not be configured:\n${done.output}`);
  }
  return {
    dataDir,
    items: (store) => fileItems(itemFolder(dataDir, store)),
    run: async ({ mode, stores = [], extra = [], timeoutMs = 60_000 } = {}) => {
      const sync = mode === undefined ? [] : ['--sync', mode];
      const before = new Set(sessionLogs(place.logs));
      const done = await syncevolution(dataDir, ['--run', ...sync, ...extra, '--', config, ...stores], timeoutMs);
      const log = sessionLogs(place.logs).find((name) => !before.has(name));
      return { ...done, report: log === undefined ? undefined : readStatus(join(place.logs, log, 'status.ini')) };
    },
    forgetState: () => rmSync(place.state, { recursive: true, force: true }),
    logs: () => lastLog(place.logs),
    remove: () => (options.dataDir === undefined ? removeFolder(dataDir) : undefined),
  };
}

interface Layout {
  readonly config: string;
  readonly data: string;
  readonly cache: string;
  readonly logs: string;
  readonly state: string;
  readonly datatypes: string;
}

function layout(dataDir: string): Layout {
  const home = join(dataDir, 'home');
  const configFolder = join(home, '.config');
  return {
    config: configFolder,
    data: join(home, '.local', 'share'),
    cache: join(home, '.cache'),
    logs: join(dataDir, 'log'),
    state: join(configFolder, 'syncevolution', 'packetboat', 'peers', 'server', '.synthesis'),
    datatypes: join(configFolder, 'syncevolution-xml', 'datatypes'),
  };
}

const itemFolder = (dataDir: string, store: string): string => join(dataDir, 'items', store);

function configuration(options: SyncEvolutionOptions, logs: string): string[] {
  const properties = {
    syncURL: options.serverUrl,
    username: options.user,
    password: options.password,
    clientAuthType: options.auth,
    SyncMLVersion: options.syncMlVersion,
    enableWBXML: options.wbxml ? 1 : 0,
    deviceId: options.deviceId,
    PeerIsClient: 0,
    // A failed POST is not repeated: the test decides what happens next.
    RetryDuration: 0,
    RetryInterval: 0,
    preventSlowSync: 0,
    dumpData: 0,
    printChanges: 0,
    loglevel: 4,
    logdir: logs,
  };
  return ['--keyring=no', '--template', 'none', ...Object.entries(properties).map(([name, value]) => `${name}=${value}`)];
}

function storeProperties(dataDir: string, store: SyncEvolutionStore, format: string): string[] {
  const database = `database=file://${itemFolder(dataDir, store.name)}`;
  return ['sync=two-way', 'backend=file', database, `databaseFormat=${format}`, `uri=${store.uri}`, '--', config, store.name];
}

function datatypeXml(store: SyncEvolutionStore, index: number): string {
  return `<datatype name="${opaqueTypes[index]?.datatype}" basetype="raw">
  <use fieldlist="Raw"/>
  <typestring>${store.contentType}</typestring>
  <versionstring>${store.contentVersion ?? '1.2'}</versionstring>
</datatype>`;
}

/** Runs the program to its end, in its own session, with an environment that reaches nothing of the user's. */
async function syncevolution(dataDir: string, args: readonly string[], timeoutMs = 60_000): Promise<{ exitCode: number; output: string }> {
  const place = layout(dataDir);
  const child = spawnSession({
    name: 'SyncEvolution',
    command: requireProgram('syncevolution'),
    args: ['--daemon=no', ...args],
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      HOME: join(dataDir, 'home'),
      XDG_CONFIG_HOME: place.config,
      XDG_DATA_HOME: place.data,
      XDG_CACHE_HOME: place.cache,
      LD_PRELOAD: syncEvolutionPreload(),
    },
  });
  const output = new Tail();
  child.stdout?.on('data', (data: Buffer) => output.add(data));
  child.stderr?.on('data', (data: Buffer) => output.add(data));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const timer = new AbortController();
  const exitCode = await Promise.race([ended, delay(timeoutMs, undefined, { signal: timer.signal })]).finally(() => timer.abort());
  if (child.pid !== undefined) await endSession(child.pid, 1_000);
  if (exitCode === undefined) throw new Error(`SyncEvolution was ended after ${timeoutMs} ms:\n${output.text()}\n${lastLog(place.logs)}`);
  return { exitCode, output: output.text() };
}

function sessionLogs(folder: string): string[] {
  return readdirSync(folder).toSorted();
}

/** The engine's log is HTML; its text is what one wants to read. */
function lastLog(folder: string): string {
  const newest = sessionLogs(folder).at(-1);
  const file = newest === undefined ? undefined : join(folder, newest, 'syncevolution-log.html');
  if (file === undefined || !existsSync(file)) return '';
  const text = readFileSync(file, 'utf8').replace(/<(script|style)[\s\S]*?<\/\1>/g, '');
  return text
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&');
}
