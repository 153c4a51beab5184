// What planning and handing out work cost: by the indexes that the statements use, read from the database itself.
import {
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  SqliteQueryCompiler,
  type UnknownRow,
} from 'kysely';
import { describe, expect, it } from 'vitest';
import { acknowledge } from '../../src/store/map.ts';
import { match } from '../../src/store/match.ts';
import { plan } from '../../src/store/plan.ts';
import type { Unit } from '../../src/store/unit.ts';
import { inUnit } from '../../src/store/unit.ts';
import { work } from '../../src/store/work.ts';
import { hierarchical, makeWorld, type World } from './world.ts';

/** Remembers each statement that passes. */
class Recorder implements KyselyPlugin {
  readonly statements: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    this.statements.push(new SqliteQueryCompiler().compileQuery(node, queryId));
    return node;
  }

  transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return Promise.resolve(args.result);
  }
}

/** For each statement that `run` makes: how SQLite goes about it, line by line. */
async function explained(world: World, run: (unit: Unit) => Promise<unknown>): Promise<{ sql: string; steps: string[] }[]> {
  return inUnit(world.store, async (unit) => {
    const recorder = new Recorder();
    await run({ ...unit, tx: unit.tx.withPlugin(recorder) });
    const plans: { sql: string; steps: string[] }[] = [];
    for (const { sql, parameters } of recorder.statements) {
      const { rows } = await unit.tx.executeQuery<{ detail: string }>({
        sql: `explain query plan ${sql}`,
        parameters,
        query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
        queryId: { queryId: 'x' },
      } as never);
      plans.push({ sql, steps: rows.map((row) => row.detail) });
    }
    return plans;
  });
}

/** Steps that go through a whole table or index. */
function scans(plans: readonly { steps: string[] }[]): string[] {
  return plans.flatMap((each) => each.steps).filter((step) => step.startsWith('SCAN') && !/CONSTANT ROW|VALUES CLAUSE/.test(step));
}

async function filled(mails: number): Promise<World> {
  const world = await makeWorld();
  await world.store.transaction(async (tx) => {
    for (let at = 0; at < mails; at += 500) {
      const rows = Array.from({ length: Math.min(500, mails - at) }, (_, i) => ({
        epoch: 0,
        account: world.account,
        kind: 'mail' as const,
        parent: world.inbox,
        rev: 10 + at + i,
        received: 1_000_000 + at + i,
        message_id: `<${at + i}>`,
        digest: `d${at + i}`,
      }));
      await tx.insertInto('item').values(rows).execute();
    }
    await tx
      .updateTable('account')
      .set({ rev: 10 + mails })
      .execute();
  });
  return world;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

describe('cost follows the number of changes', () => {
  it('planning goes by the index over account and revision, and touches only rows of changed items', async () => {
    const world = await filled(2000);
    const device = await world.device();
    await device.settle();
    const some = await world.store.db.selectFrom('item').select('id').where('kind', '=', 'mail').limit(1).executeTakeFirstOrThrow();
    await world.touch(some.id, { flags: 1 });
    const ask = { generation: device.generation, viewHash: 'h', view: hierarchical, wanted: 'headers' } as const;
    const plans = await explained(world, (unit) => plan(unit, ask));
    expect(scans(plans)).toEqual([]);
    const changing = plans.filter((each) => /item/.test(each.sql) && /map_row/.test(each.sql));
    expect(changing.length).toBeGreaterThanOrEqual(4);
    for (const { steps } of changing) {
      expect(
        steps.some((step) => /item.* USING (COVERING )?INDEX item_(rev|tombstone) \(account=\? AND rev>\? AND rev<\?\)/.test(step)),
      ).toBe(true);
    }
    // Nothing looks at all rows that are ok: rows are found by their items.
    for (const step of changing.flatMap((each) => each.steps)) {
      if (/map_row/.test(step) && /map_row_state/.test(step)) expect(step).not.toMatch(/\(generation=\? AND state=\?\)$/);
    }
  });

  it('planning with nothing changed makes no statement over items or rows at all', async () => {
    const world = await filled(10);
    const device = await world.device();
    await device.settle();
    const ask = { generation: device.generation, viewHash: 'h', view: hierarchical, wanted: 'headers' } as const;
    const plans = await explained(world, (unit) => plan(unit, ask));
    expect(plans.filter((each) => /"item"|"map_row"/.test(each.sql))).toEqual([]);
  });

  it('work goes by the index over state, the backfill by the index over time', async () => {
    const world = await filled(2000);
    const device = await world.device();
    await device.plan();
    const ask = { generation: device.generation, limit: 50, skip: [] };
    const plans = await explained(world, (unit) => work(unit, ask));
    expect(scans(plans)).toEqual([]);
    const steps = plans.flatMap((each) => each.steps);
    expect(steps.some((step) => /map_row USING (COVERING )?INDEX map_row_state \(generation=\? AND state=\?\)/.test(step))).toBe(true);
    const backfill = plans.find((each) => /from "item"/.test(each.sql) && /limit/.test(each.sql) && /not exists/.test(each.sql));
    expect(backfill?.steps[0]).toMatch(/SEARCH item USING INDEX item_newest \(account=\? AND kind=\?\)/);
    expect(backfill?.steps.join()).not.toMatch(/TEMP B-TREE/);
    await device.send(await device.work(50), 1);
    const next = await explained(world, (unit) => work(unit, ask));
    const page = next.find((each) => /from "item"/.test(each.sql) && /limit/.test(each.sql) && /not exists/.test(each.sql));
    expect(page?.steps[0]).toMatch(/item_newest \(account=\? AND kind=\? AND received<\?\)/);
  });

  it('acknowledgement and matching go by indexes', async () => {
    const world = await filled(2000);
    const device = await world.device();
    const acks = await explained(world, (unit) => acknowledge(unit, device.generation, 1, true));
    expect(scans(acks)).toEqual([]);
    const keys = [{ luid: 'a', messageId: '<1>', digest: 'd1', parent: null }];
    const matches = await explained(world, (unit) => match(unit.tx, unit.guids, { generation: device.generation, keys }));
    expect(scans(matches)).toEqual([]);
    expect(matches.flatMap((each) => each.steps).some((step) => /item_message_id \(account=\? AND message_id=\?\)/.test(step))).toBe(true);
  });

  it('planning 10,000 mails with nothing changed, and with ten changes, takes milliseconds', async () => {
    const world = await filled(10_000);
    const device = await world.device();
    await device.settle();
    const idle = await timed(() => device.plan());
    const mails = await world.store.db.selectFrom('item').select('id').where('kind', '=', 'mail').limit(10).execute();
    for (const { id } of mails) await world.touch(id, { flags: 1 });
    const changed = await timed(() => device.plan());
    const handed = await timed(() => device.work(50));
    process.stderr.write(
      `10,000 mails: plan idle ${idle.toFixed(1)} ms, ten changes ${changed.toFixed(1)} ms, work ${handed.toFixed(1)} ms\n`,
    );
    expect(await device.todo()).toHaveLength(10);
    // Generous, so that a busy machine does not fail; a plan over all rows takes ten times as long.
    expect(idle).toBeLessThan(100);
    expect(changed).toBeLessThan(100);
  });
});
