// The command line of `npm run fuzz`.
import { targetNames } from './targets.ts';

export interface Plan {
  readonly targets: readonly string[];
  readonly minutes: number;
  readonly seed: number;
  /** Ends a target after so many executions, however long they take. */
  readonly executions: number;
  /** Where failing inputs are written. */
  readonly out: string;
  /** A file to run alone, and its target. */
  readonly replay: { readonly file: string; readonly target: string } | undefined;
}

/** Throws for what it does not know. */
export function planOf(args: readonly string[]): Plan {
  const values = new Map<string, string>();
  const targets: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [name = '', value] = (args[at] ?? '').split('=', 2);
    if (!name.startsWith('--')) targets.push(name);
    else if (!['--minutes', '--seed', '--runs', '--out', '--replay'].includes(name)) throw new Error(`there is no option ${name}`);
    else values.set(name, value ?? args[(at += 1)] ?? '');
  }
  const unknown = targets.find((name) => !targetNames.includes(name));
  if (unknown !== undefined) throw new Error(`there is no target ${unknown}; there are ${targetNames.join(', ')}`);
  const file = values.get('--replay');
  return {
    targets: targets.length === 0 ? targetNames : targets,
    minutes: numberOf(values.get('--minutes') ?? '1'),
    seed: numberOf(values.get('--seed') ?? String(Date.now() % 1_000_000)),
    executions: numberOf(values.get('--runs') ?? 'Infinity'),
    out: values.get('--out') ?? '.fuzz',
    replay: file === undefined ? undefined : { file, target: targetOf(file) },
  };
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number) || text === '') throw new Error(`${text} is no number`);
  return number;
}

/** Kept inputs are named after their target: `wbxml-….wbxml`. */
export function targetOf(file: string): string {
  const name = /([a-z]+)-[^/\\]*$/.exec(file)?.[1] ?? '';
  if (!targetNames.includes(name))
    throw new Error(`the name of ${file} does not begin with a target (${targetNames.join(', ')}) and a hyphen`);
  return name;
}
