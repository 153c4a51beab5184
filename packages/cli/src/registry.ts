// The commands, one file each. Only the one that is called is loaded, so that a list of mails does not wait for a server's code.
import type { Command } from 'commander';

export const registry: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).initCommand(),
  sync: async () => (await import('./commands/sync.ts')).syncCommand(),
  ls: async () => (await import('./commands/ls.ts')).lsCommand(),
  read: async () => (await import('./commands/read.ts')).readCommand(),
  mark: async () => (await import('./commands/mark.ts')).markCommand(),
  move: async () => (await import('./commands/move.ts')).moveCommand(),
  rm: async () => (await import('./commands/rm.ts')).rmCommand(),
  send: async () => (await import('./commands/send.ts')).sendCommand(),
  reply: async () => (await import('./commands/reply.ts')).replyCommand(),
  folders: async () => (await import('./commands/folders.ts')).foldersCommand(),
  info: async () => (await import('./commands/info.ts')).infoCommand(),
  decode: async () => (await import('./commands/decode.ts')).decodeCommand(),
  demo: async () => (await import('./commands/demo.ts')).demoCommand(),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
};
