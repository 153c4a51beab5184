// `npm run demo`: builds what is not built, then runs `packetboat demo` with the arguments. tools/with-node.mjs has set up the rest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const top = join(import.meta.dirname, '..');
const compiler = join(top, 'node_modules/@typescript/native/bin/tsc');

const built = spawnSync(process.execPath, [compiler, '-b'], { cwd: top, stdio: ['ignore', 'inherit', 'inherit'] });
if (built.status === 0) {
  // Only now is there something to import.
  const { main } = await import('packetboat');
  await main(['demo', ...process.argv.slice(2)]);
} else {
  console.error('The build failed; what the compiler said is above.');
  process.exitCode = 1;
}
