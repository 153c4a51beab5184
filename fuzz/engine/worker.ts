// The thread in which a subject runs: another one watches it, and ends it when it hangs.
import { parentPort, workerData } from 'node:worker_threads';
import { openTarget } from '../targets.ts';
import { Coverage } from './coverage.ts';
import { explore, type Tally } from './explore.ts';
import { Current, type Job, type Report } from './protocol.ts';

const job = workerData as Job;
const current = new Current(job.shared);
const say = (report: Report): void => parentPort?.postMessage(report, []);

const subject = await openTarget(job.target);
const coverage = new Coverage();
say({ kind: 'started' });
let tally: Tally;
try {
  tally = await explore({
    subject,
    coverage,
    seed: job.seed,
    executions: job.executions,
    ms: job.ms,
    before: (input) => current.begin(input),
    after: () => current.end(),
    found: (failure) => say({ kind: 'failure', failure }),
    progress: (soFar) => say({ kind: 'progress', tally: soFar }),
  });
} finally {
  coverage.close();
  await subject.close();
}
// Last of all: whoever hears it ends this thread.
say({ kind: 'done', tally });
