// Looking items up, by SQLite's own account of how it goes about it.
import { SqliteQueryCompiler, type CompiledQuery, type KyselyPlugin, type RootOperationNode, sql } from 'kysely';
import { expect, test } from 'vitest';
import { itemsOf } from '../../src/mailbox/items.ts';
import { makeWorld } from '../store/world.ts';

test('a message full of mails is looked up by their ids, however many mails the account has', async () => {
  const { store, account } = await makeWorld();
  const statements: CompiledQuery[] = [];
  const recorder: KyselyPlugin = {
    transformQuery: ({ node, queryId }): RootOperationNode => {
      statements.push(new SqliteQueryCompiler().compileQuery(node, queryId));
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  const db = store.db.withPlugin(recorder);
  await itemsOf(
    { ...store, guids: store.guids, db },
    account,
    Array.from({ length: 80 }, (_, id) => String(id + 1)),
  );
  expect(statements).toHaveLength(1);
  for (const statement of statements) {
    const literal = statement.sql.replaceAll('?', '1');
    const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(literal)}`.execute(store.db);
    expect(rows.map(({ detail }) => detail)).toEqual([
      'SEARCH item USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH folder USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
    ]);
  }
});
