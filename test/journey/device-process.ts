// The other end of client-child.ts: a device that is started again when it was killed.
import type { ClientSettings } from '@packetboat/client';
import { type Child, ChildEnded, startChild } from './child-process.ts';

/** Mails are named by their subjects. */
export type DeviceCommand =
  | { readonly do: 'sync' | 'state' }
  | { readonly do: 'mark' | 'remove' | 'reply'; readonly subject: string }
  | { readonly do: 'send'; readonly to: string; readonly subject: string };

export interface DeviceAnswer {
  readonly ok: boolean;
  /** `state`: a line for each mail. Otherwise what went wrong. */
  readonly text: string;
  /** `sync`: how many changes it carried. `state`: how many wait to be sent. */
  readonly changes: number;
}

export interface DeviceProcess {
  /** Runs a command; throws when it failed. */
  run(command: Exclude<DeviceCommand, { readonly do: 'sync' }>): Promise<DeviceAnswer>;
  /** Syncs until a sync has gone through, starting the process again each time it was killed. Gives the number of attempts. */
  sync(onAttempt?: (attempt: number) => void): Promise<{ readonly attempts: number; readonly changes: number }>;
  kill(): Promise<void>;
}

export interface DeviceProcessOptions {
  readonly file: string;
  readonly settings: Partial<ClientSettings>;
  readonly password: string;
  readonly env: Readonly<Record<string, string>>;
}

/** More than any step has messages. */
const mostAttempts = 20;

export async function startDevice({ file, settings, password, env }: DeviceProcessOptions): Promise<DeviceProcess> {
  const script = new URL('client-child.ts', import.meta.url).pathname;
  const start = (): Promise<Child> => startChild({ script, args: [file, JSON.stringify(settings), password], env });
  let child = await start();
  const ask = async (command: DeviceCommand): Promise<DeviceAnswer> => {
    const answer = JSON.parse(await child.ask(JSON.stringify(command))) as DeviceAnswer;
    if (!answer.ok) throw new Error(`${command.do} failed: ${answer.text}`);
    return answer;
  };
  return {
    run: ask,
    sync: async (onAttempt) => {
      for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
        onAttempt?.(attempt);
        try {
          return { attempts: attempt, changes: (await ask({ do: 'sync' })).changes };
        } catch (error) {
          if (!(error instanceof ChildEnded)) throw error;
          child = await start();
        }
      }
      throw new Error(`no sync went through in ${mostAttempts} attempts`);
    },
    kill: () => child.kill(),
  };
}
