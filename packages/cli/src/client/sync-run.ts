// Running a sync with a line of progress on a terminal.
import type { SyncProgress } from '@packetboat/client';
import { progressLine } from '../terminal/output.ts';
import { progressText } from './report.ts';

/** Calls work with what shows its progress, and takes the line away afterwards. */
export async function withProgress<T>(
  work: (options: { readonly onProgress: (progress: SyncProgress) => void }) => Promise<T>,
): Promise<T> {
  const line = progressLine();
  try {
    return await work({ onProgress: (progress) => line.show(progressText(progress)) });
  } finally {
    line.clear();
  }
}
