// A store in a temporary folder, and mails to put into it.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function temporaryFile(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'packetboat-store-'));
  return { folder, path: join(folder, 'mail.sqlite') };
}
