// The server's power is cut right after one of its commits: what its databases held at that moment is copied, and another server
// goes on with the copy. What the first one still does goes to files that nobody reads again.
import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { watchCommits } from '../../support/commits.ts';

/** Folders whose commits are counted, with what to do at each. */
const watched = new Map<string, () => void>();

watchCommits({ after: (folder) => watched.get(folder)?.() });

export interface PowerCut {
  /** Commits since it was armed. */
  readonly commits: number;
  /** The folder with what was there at the cut; undefined before it. */
  readonly copy: string | undefined;
  /** Stops counting. */
  end(): void;
}

/** Counts the commits of the server whose data is in this folder, and cuts its power after the nth; never when absent. */
export function cutPower(data: string, after?: number): PowerCut {
  const cut = {
    commits: 0,
    copy: undefined as string | undefined,
    end: () => void watched.delete(data),
  };
  watched.set(data, () => {
    cut.commits += 1;
    if (cut.commits === after) cut.copy = copyOf(data);
  });
  return cut;
}

function copyOf(data: string): string {
  const copy = mkdtempSync(join(dirname(data), `${basename(data)}-`));
  // The index of the log is made anew from the log.
  for (const file of readdirSync(data)) if (!file.endsWith('-shm')) cpSync(join(data, file), join(copy, file), { recursive: true });
  return copy;
}
