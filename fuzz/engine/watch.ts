// Runs a search in a thread of its own: what hangs it or uses up its memory is a failure like any other, and the search goes on.
import { Worker } from 'node:worker_threads';
import type { Failure, Tally } from './explore.ts';
import { Current, type Job, type Report } from './protocol.ts';

export interface Watched {
  readonly target: string;
  readonly seed: number;
  readonly executions: number;
  readonly ms: number;
  readonly found: (failure: Failure) => void;
  readonly progress: (tally: Tally) => void;
}

/** No input may take so long, whatever its size, ms; the time that its size allows is judged in the thread. */
const hangMs = 30_000;
/** Memory of the thread, MB: what our own limits let one document take, three times over. */
const memory = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };

/** Sums over all threads that were needed. */
export async function watchSearch(watched: Watched): Promise<Tally> {
  const until = Date.now() + watched.ms;
  let total: Tally = { executions: 0, blocks: 0, corpus: 0 };
  for (let attempt = 0; ; attempt += 1) {
    const left = { executions: watched.executions - total.executions, ms: until - Date.now() };
    const { tally, failure } = await oneThread({ ...watched, ...left, seed: watched.seed + attempt, found: watched.found }, total);
    total = sum(total, tally);
    if (failure === undefined) return total;
    watched.found(failure);
    if (total.executions >= watched.executions || Date.now() >= until) return total;
  }
}

function sum(a: Tally, b: Tally): Tally {
  return { executions: a.executions + b.executions, blocks: Math.max(a.blocks, b.blocks), corpus: b.corpus };
}

function oneThread(watched: Watched, before: Tally): Promise<{ tally: Tally; failure?: Failure }> {
  const current = new Current();
  const { target, seed, executions, ms } = watched;
  const job: Job = { target, seed, executions, ms, shared: current.buffer };
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: memory,
    execArgv: ['--conditions=packetboat-source', '--disable-warning=ExperimentalWarning'],
  });
  return new Promise((resolve, reject) => {
    let tally: Tally = { executions: 0, blocks: 0, corpus: 0 };
    let started = false;
    let isOver = false;
    const end = (failure?: Failure): void => {
      if (isOver) return;
      isOver = true;
      clearInterval(watch);
      void worker.terminate().then(() => resolve({ tally, ...(failure === undefined ? {} : { failure }) }));
    };
    const lost = (signature: string, stack = ''): void => end({ signature, message: signature, stack, input: current.input });
    const watch = setInterval(() => {
      const { since } = current;
      if (since !== 0 && Date.now() - since > hangMs) lost('hangs');
    }, 250);
    worker.on('message', (report: Report) => {
      if (report.kind === 'started') started = true;
      if (report.kind === 'failure') watched.found(report.failure);
      if (report.kind === 'progress' || report.kind === 'done') {
        ({ tally } = report);
        watched.progress(sum(before, tally));
      }
      if (report.kind === 'done') end();
    });
    worker.on('error', (error) => {
      if (!started) return reject(error);
      const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      // What nobody waited for: a promise that failed, an event without a listener.
      lost(isMemory ? 'uses up the memory' : `uncaught ${error.name}: ${error.message}`, error.stack);
    });
    worker.on('exit', () => end());
  });
}
