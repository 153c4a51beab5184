// The one door of @packetboat/server.
export { boundHeap } from './heap.ts';
export { startServer, type RunningServer, type ServerOptions } from './start.ts';
export { baseOf, ConfigError, loadConfig } from './config/load.ts';
export type { AccountSettings, Config, LinkSettings, PersonSettings, SecretSource } from './config/schema.ts';
export type { Log } from './account/log.ts';
