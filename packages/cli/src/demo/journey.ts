// The demo's journey: step by step, each timed, counted and judged at the other end. The steps are in steps-*.ts.
import { Device, type Cost } from './device.ts';
import type { Journey, Step } from './step.ts';
import { readingSteps } from './steps-reading.ts';
import { standingSteps } from './steps-standing.ts';
import { statusSteps } from './steps-status.ts';
import { writingSteps } from './steps-writing.ts';
import type { World } from './world.ts';

export interface StepResult extends Cost {
  readonly name: string;
  /** What did not hold. */
  readonly fault: string | undefined;
}

const steps: readonly Step[] = [...readingSteps, ...statusSteps, ...writingSteps, ...standingSteps];

/** Plays all steps; one that fails does not stop the others. `report` is told after each. */
export async function playJourney(world: World, report: (result: StepResult) => void): Promise<readonly StepResult[]> {
  const phone = new Device(world, 'alice', 'phone');
  const tablet = new Device(world, 'alice', 'tablet');
  const bob = new Device(world, 'bob', 'laptop');
  const devices = [phone, tablet, bob];
  const journey: Journey = { world, phone, tablet, bob, notes: new Map() };
  const results: StepResult[] = [];
  try {
    for (const step of steps) {
      const before = total(devices);
      const fault = await faultOf(step, journey);
      const after = total(devices);
      const result: StepResult = {
        name: step.name,
        fault,
        up: after.up - before.up,
        down: after.down - before.down,
        turns: after.turns - before.turns,
        milliseconds: after.milliseconds - before.milliseconds,
      };
      results.push(result);
      report(result);
    }
  } finally {
    for (const device of devices) await device.close();
  }
  return results;
}

async function faultOf(step: Step, journey: Journey): Promise<string | undefined> {
  try {
    await step.run(journey);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown fault';
  }
}

function total(devices: readonly Device[]): Cost {
  const sum = { up: 0, down: 0, turns: 0, milliseconds: 0 };
  for (const device of devices) {
    const cost = device.cost();
    sum.up += cost.up;
    sum.down += cost.down;
    sum.turns += cost.turns;
    sum.milliseconds += cost.milliseconds;
  }
  return sum;
}
