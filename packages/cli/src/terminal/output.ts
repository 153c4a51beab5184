// Where the commands write: results to standard output, words about them to standard error; nothing moves when it is piped.
import { safeJson } from './safe-text.ts';

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(safeJson(value));
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A line that is written over itself on a terminal. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** Nothing is shown for work that ends at once, nor where standard error is no terminal. */
export function progressLine(startMs: number = Date.now()): ProgressLine {
  const shown = process.stderr.isTTY;
  let last = 0;
  let open = false;
  return {
    show: (text) => {
      const now = Date.now();
      if (!shown || now - startMs < 400 || now - last < 100) return;
      last = now;
      open = true;
      process.stderr.write(`\r\u001b[K${text}`);
    },
    clear: () => {
      if (open) process.stderr.write('\r\u001b[K');
      open = false;
    },
  };
}
