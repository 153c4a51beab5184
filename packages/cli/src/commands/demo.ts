// `packetboat demo`: a server with mail in it to try, or the whole journey played and judged.
import { Command, Option } from 'commander';
import { playJourney } from '../demo/journey.ts';
import { invitationLines, resultLine, summaryLines } from '../demo/words.ts';
import { startWorld } from '../demo/world.ts';
import { exitCode } from '../exit-codes.ts';
import { untilSignal } from './signals.ts';

export interface DemoOptions {
  /** Plays the journey and ends. */
  readonly exit?: boolean;
  /** Folder that is kept; without it a new one that goes at the end. Not with `exit`, which begins from nothing. */
  readonly data?: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('start a server with two people and their mail, or play the whole journey')
    .option('--exit', 'play the journey with the client, print a line for each step, and end')
    .addOption(new Option('--data <dir>', 'keep everything in this folder and use it again').conflicts('exit'))
    .action(async (options: DemoOptions) => {
      process.exitCode = await demo(options);
    });
}

/** Resolves to the exit code: done, or failed when it could not start or a step of the journey did not hold. */
export async function demo(options: DemoOptions): Promise<number> {
  try {
    return options.exit === true ? await playAndExit() : await stayUp(options);
  } catch (error) {
    console.error(`packetboat demo: ${error instanceof Error ? error.message : 'unknown fault'}`);
    return exitCode.failed;
  }
}

async function stayUp({ data }: DemoOptions): Promise<number> {
  const signalled = untilSignal();
  const world = await startWorld({ ports: { sync: 8025, smtp: 2525 }, ...(data === undefined ? {} : { data }) });
  for (const line of await invitationLines(world)) console.log(line);
  const signal = await signalled;
  console.log(`${signal}: closing`);
  await world.close();
  return exitCode.done;
}

async function playAndExit(): Promise<number> {
  // Any free ports and a new folder: it runs beside whatever else is up, and each time from the beginning.
  const signalled = untilSignal();
  const world = await startWorld({ ports: { sync: 0, smtp: 0 } });
  void signalled.then(async () => {
    await world.close();
    process.exit(exitCode.failed);
  });
  try {
    const results = await playJourney(world, (result) => console.log(resultLine(result)));
    for (const line of summaryLines(results)) console.log(line);
    return results.every(({ fault }) => fault === undefined) ? exitCode.done : exitCode.failed;
  } finally {
    await world.close();
  }
}
