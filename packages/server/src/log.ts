// The log of the server: one JSON object a line on standard error. Nothing that is logged holds a password or anything of a mail.
import { pino } from 'pino';
import type { Log } from './account/log.ts';
import type { Config } from './config/schema.ts';

export function openLog(level: Config['log']['level']): Log {
  // Synchronous: the last words before an exit are the ones that matter.
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
}
