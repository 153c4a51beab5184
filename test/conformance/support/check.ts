// Turns the rules of a group into tests of that name, in each version and encoding that they are about.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startWorld, type World } from '../../support/world.ts';
import { letter } from '../../scenarios/support/clients.ts';
import { formsOf, type Group } from './rule.ts';

export function checkGroup(group: Group): void {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ bob: true, ...group.world });
    for (const name of ['first', 'second']) await world.deliver(letter(name));
    await world.settle();
  });
  afterAll(() => world.close());

  describe(group.title, () => {
    for (const rule of group.rules) {
      for (const [version, encoding] of formsOf(rule)) {
        const name = `${rule.id.toLowerCase()}-${version}-${encoding}`;
        const state = rule.notHeld === undefined ? '' : ' [not held]';
        it(`${rule.id} (${version} ${encoding})${state} ${rule.text}`, () => rule.check({ world, version, encoding, name }));
      }
    }
  });
}
