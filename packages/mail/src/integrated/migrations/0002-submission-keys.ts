// Step 2: which submissions were accepted, so that a repeat sends nothing.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

export function submissionKeys({ integer, strict }: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      const { schema } = db;
      await strict(
        schema
          .createTable('submission')
          .addColumn('person_id', integer, (column) => column.notNull().references('person.id').onDelete('cascade'))
          .addColumn('key', 'text', (column) => column.notNull())
          .addColumn('outcome', 'text')
          .addColumn('submitted', integer, (column) => column.notNull())
          .addPrimaryKeyConstraint('submission_key', ['person_id', 'key']),
      ).execute();
      await schema.createIndex('submission_submitted').on('submission').column('submitted').execute();
    },
  };
}
