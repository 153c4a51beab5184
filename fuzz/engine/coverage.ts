// Which blocks of our packages have run, from V8's precise coverage. In its binary form it slows nothing down, and each look
// tells only what is new since the one before.
import { Session, type Profiler } from 'node:inspector';

export class Coverage {
  readonly #session = new Session();
  readonly #blocks = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  get blocks(): number {
    return this.#blocks.size;
  }

  /** How many blocks have run that had not before. */
  look(): number {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // An inspector session of the same thread answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      scripts = result;
    });
    const before = this.#blocks.size;
    for (const { url, functions } of scripts) {
      if (!/\/packages\/\w+\/src\//.test(url)) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) if (count > 0) this.#blocks.add(`${url} ${startOffset} ${endOffset}`);
    }
    return this.#blocks.size - before;
  }

  close(): void {
    this.#session.disconnect();
  }
}
