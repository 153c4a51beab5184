// Step 1: people, folders, mails, their bytes and what vanished. A released step never changes; a new one follows it.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

type Schema = Kysely<unknown>['schema'];

async function createPeople(schema: Schema, { integer, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('counter')
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .addColumn('value', integer, (column) => column.notNull()),
  ).execute();
  await strict(
    schema
      .createTable('person')
      .addColumn('id', integer, rowId)
      .addColumn('login', 'text', (column) => column.notNull().unique())
      .addColumn('display_name', 'text'),
  ).execute();
  await strict(
    schema
      .createTable('address')
      .addColumn('address', 'text', (column) => column.primaryKey().notNull())
      .addColumn('domain', 'text', (column) => column.notNull())
      .addColumn('person_id', integer, (column) => column.notNull().references('person.id').onDelete('cascade'))
      .addColumn('spelled', 'text', (column) => column.notNull())
      .addColumn('is_primary', integer, (column) => column.notNull()),
  ).execute();
  await schema.createIndex('address_domain').on('address').column('domain').execute();
  await schema.createIndex('address_of_person').on('address').column('person_id').execute();
  await strict(
    schema
      .createTable('folder')
      .addColumn('id', integer, rowId)
      .addColumn('person_id', integer, (column) => column.references('person.id').onDelete('set null'))
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('role', 'text')
      .addColumn('uid_validity', integer, (column) => column.notNull().unique())
      .addColumn('uid_next', integer, (column) => column.notNull().defaultTo(1))
      .addColumn('revision', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('tombstone_floor', integer, (column) => column.notNull().defaultTo(0))
      .addUniqueConstraint('folder_path', ['person_id', 'path']),
  ).execute();
}

async function createBodies(schema: Schema, { integer, bytes, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('body')
      .addColumn('id', integer, rowId)
      .addColumn('refs', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('size', integer, (column) => column.notNull())
      .addColumn('header_size', integer, (column) => column.notNull())
      .addColumn('message_id', 'text')
      .addColumn('digest', 'text', (column) => column.notNull()),
  ).execute();
  await schema.createIndex('body_hash').on('body').column('hash').execute();
  await schema.createIndex('body_message_id').on('body').column('message_id').execute();
  await schema.createIndex('body_without_mail').on('body').columns(['refs', 'id']).where('refs', '=', 0).execute();
  await strict(
    schema
      .createTable('chunk')
      .addColumn('body_id', integer, (column) => column.notNull().references('body.id'))
      .addColumn('start', integer, (column) => column.notNull())
      .addColumn('data', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('chunk_key', ['body_id', 'start']),
  ).execute();
}

async function createMails(schema: Schema, { integer, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('mail')
      .addColumn('id', integer, rowId)
      .addColumn('folder_id', integer, (column) => column.notNull().references('folder.id'))
      .addColumn('uid', integer, (column) => column.notNull())
      .addColumn('body_id', integer, (column) => column.notNull().references('body.id'))
      .addColumn('flags', integer, (column) => column.notNull())
      .addColumn('received', integer, (column) => column.notNull())
      .addColumn('revision', integer, (column) => column.notNull())
      .addUniqueConstraint('mail_uid', ['folder_id', 'uid']),
  ).execute();
  await schema.createIndex('mail_revision').on('mail').columns(['folder_id', 'revision', 'uid', 'flags']).execute();
  await schema.createIndex('mail_body').on('mail').columns(['body_id', 'folder_id']).execute();
  await strict(
    schema
      .createTable('tombstone')
      .addColumn('folder_id', integer, (column) => column.notNull().references('folder.id'))
      .addColumn('uid', integer, (column) => column.notNull())
      .addColumn('revision', integer, (column) => column.notNull())
      .addColumn('vanished', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('tombstone_key', ['folder_id', 'uid']),
  ).execute();
  await schema.createIndex('tombstone_revision').on('tombstone').columns(['folder_id', 'revision', 'uid']).execute();
  await schema.createIndex('tombstone_vanished').on('tombstone').column('vanished').execute();
}

export function mailTables(dialect: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createPeople(db.schema, dialect);
      await createBodies(db.schema, dialect);
      await createMails(db.schema, dialect);
    },
  };
}
