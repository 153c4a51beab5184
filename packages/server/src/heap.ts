// How much garbage the process may hold. A server lives among others: its resident size should follow what it keeps in use.
import { setFlagsFromString } from 'node:v8';

/**
 * For the process as a whole, so the program calls it, not `startServer`; for programs that cannot choose how they are started, as
 * `packetboat serve` does, which keeps it smaller still. Without it V8 lets the space for new objects grow to
 * 64 MB and more under load, and the old space to several times what is in use; a first sync of 10,000 mails then costs 100 MB
 * instead of 40. What it costs is 5 to 10 % more CPU time. Both flags are read each time V8 sizes its heap, so they can be set at any time.
 */
export function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}
