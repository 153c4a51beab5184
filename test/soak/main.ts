// `npm run soak`: starts run.ts on the sources of the packages, so that nothing has to be built.
import { spawn } from 'node:child_process';

const run = new URL('run.ts', import.meta.url).pathname;
const args = ['--conditions=packetboat-source', '--disable-warning=ExperimentalWarning', run, ...process.argv.slice(2)];
spawn(process.execPath, args, { stdio: 'inherit' }).once('exit', (code) => {
  process.exitCode = code ?? 1;
});
