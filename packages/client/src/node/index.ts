// The Node door of @packetboat/client.
export { openClientStore } from './client-store.ts';
export { httpTransport, type HttpTransportOptions } from './http-transport.ts';
export { readPasswordFile, readSettings, writeSettings } from './settings-file.ts';
