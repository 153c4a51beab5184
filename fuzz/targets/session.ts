// The server's session, from outside: scripts of hostile devices, and well-behaved ones after them.
import { Finding, type Subject } from '../engine/subject.ts';
import { playLife } from '../session/play.ts';
import { goodScripts, inventScript, mutateScript, readScript, smallerScripts, toBytes, type Life } from '../session/script.ts';
import { expectInStep, openWorld, type FuzzWorld } from '../session/world.ts';

/** Lives in one world: opening one takes longer than a life. */
const livesInOne = 60;
/** Lives between two looks at whether well-behaved devices are in step: a look takes longer than a life, too. */
const livesBetweenLooks = 6;

class Sessions {
  #at: FuzzWorld | undefined;
  #lived: Life[] = [];

  /** Plays a script in the world of those before. Of a failure it tells all that has to be played to see it. */
  async run(input: Uint8Array): Promise<void> {
    try {
      await this.#live(readScript(input).lives);
    } catch (error) {
      await this.#explain(error);
    }
  }

  async close(): Promise<void> {
    const at = this.#at;
    this.#at = undefined;
    this.#lived = [];
    await at?.close();
  }

  async #live(lives: readonly Life[]): Promise<void> {
    if (this.#lived.length >= livesInOne) await this.close();
    this.#at ??= await openWorld();
    for (const life of lives) {
      this.#lived.push(life);
      await playLife(this.#at, life, deviceOf(this.#lived.length));
    }
    if (this.#lived.length % livesBetweenLooks === 0) await this.#look(this.#at);
  }

  async #look(at: FuzzWorld): Promise<void> {
    await expectInStep(at, at.steady, 'another device');
    const since = this.#lived.slice(-livesBetweenLooks);
    for (const [index, life] of since.entries()) {
      const deviceId = deviceOf(this.#lived.length - since.length + index + 1);
      const same = at.world.device({ deviceId, settings: { profile: life.profile, encoding: life.encoding } });
      await expectInStep(at, same, 'a well-behaved device of the same name');
      await same.client.close();
    }
  }

  /** Plays lives in a world of their own. */
  async alone(lives: readonly Life[]): Promise<void> {
    await this.close();
    try {
      const at = await openWorld();
      this.#at = at;
      for (const life of lives) {
        this.#lived.push(life);
        await playLife(at, life, deviceOf(this.#lived.length));
      }
      await this.#look(at);
    } finally {
      await this.close();
    }
  }

  /** Says what has to be played to see it again: the last life, those since the last look, or all that this world has seen. */
  async #explain(error: unknown): Promise<never> {
    const lived = this.#lived;
    const what = error instanceof Finding ? error.what : String(error);
    for (const lives of [lived.slice(-1), lived.slice(-livesBetweenLooks), lived]) {
      try {
        await this.alone(lives);
      } catch (again) {
        const cause = again instanceof Error ? again.message : String(again);
        throw new Finding(again instanceof Finding ? again.what : what, cause, { cause: again, input: toBytes({ lives }) });
      }
    }
    throw new Finding(`${what} (not seen again)`, error instanceof Error ? error.message : '', {
      cause: error,
      input: toBytes({ lives: lived }),
    });
  }
}

function deviceOf(count: number): string {
  return `hostile-${count}`;
}

export function session(): Subject {
  const sessions = new Sessions();
  return {
    extension: 'json',
    // Two devices sync after each life, and the server looks at its mailboxes.
    time: { fixed: 15_000, perKilobyte: 500 },
    mostBetweenLooks: 1,
    seeds: () => goodScripts().map(toBytes),
    invent: (random) => toBytes(inventScript(random)),
    mutate: (input, other, random) => toBytes(mutateScript(readScript(input), readScript(other), random)),
    run: (input) => sessions.run(input),
    runAlone: (input) => sessions.alone(readScript(input).lives),
    minimizeMs: 90_000,
    *smaller(input) {
      for (const script of smallerScripts(readScript(input))) yield toBytes(script);
    },
    close: () => sessions.close(),
  };
}
