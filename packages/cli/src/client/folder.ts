// The folder that a person means: by its number, its role, its name, or the names down to it with slashes.
import type { Client, FolderView } from '@packetboat/client';
import { CliError } from '../errors.ts';
import { ClientError } from '@packetboat/client';

export async function folderMeant(client: Client, text: string): Promise<FolderView> {
  const folders = await client.folders();
  const wanted = text.toLowerCase();
  const tests: readonly ((folder: FolderView) => boolean)[] = [
    (folder) => folder.luid === text,
    (folder) => folder.role === wanted,
    (folder) => pathOf(folder, folders) === text,
    (folder) => pathOf(folder, folders).toLowerCase() === wanted,
    (folder) => folder.name.toLowerCase() === wanted,
  ];
  for (const test of tests) {
    const found = folders.filter(test);
    const [folder] = found;
    if (found.length > 1) {
      const list = found.map((each) => `${each.luid} ${pathOf(each, folders)}`).join(', ');
      throw new CliError('ERR_CLI_USAGE', `"${text}" may mean several folders: ${list}; name one by its number`);
    }
    if (folder !== undefined) return folder;
  }
  throw new ClientError('ERR_CLIENT_NOT_FOUND', `there is no folder "${text}" here; packetboat folders lists them`);
}

/** Names from the top down, with slashes. */
export function pathOf(folder: FolderView, folders: readonly FolderView[]): string {
  const names = [folder.name];
  const seen = new Set([folder.luid]);
  let above = folders.find((each) => each.luid === folder.parent);
  while (above !== undefined && !seen.has(above.luid)) {
    seen.add(above.luid);
    names.unshift(above.name);
    const next: string | null = above.parent;
    above = folders.find((each) => each.luid === next);
  }
  return names.join('/');
}
