// Step 1: accounts and their items, devices and their maps, sessions, and the queues towards the mail server.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

type Schema = Kysely<unknown>['schema'];

async function createAccounts(schema: Schema, { integer, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('meta')
      .addColumn('key', 'text', (column) => column.primaryKey().notNull())
      .addColumn('value', 'text', (column) => column.notNull()),
  ).execute();
  await strict(
    schema
      .createTable('account')
      .addColumn('id', integer, rowId)
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('rev', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('floor', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('created', integer, (column) => column.notNull())
      .addUniqueConstraint('account_name', ['person', 'name']),
  ).execute();
}

async function createItems(schema: Schema, { integer, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('item')
      .addColumn('id', integer, rowId)
      .addColumn('epoch', integer, (column) => column.notNull())
      .addColumn('account', integer, (column) => column.notNull().references('account.id').onDelete('cascade'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('parent', integer, (column) => column.references('item.id'))
      .addColumn('flags', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('rev', integer, (column) => column.notNull())
      .addColumn('gone', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('gone_at', integer)
      .addColumn('size', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('received', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('name', 'text')
      .addColumn('role', 'text')
      .addColumn('send_error', 'text')
      .addColumn('message_id', 'text')
      .addColumn('digest', 'text')
      .addColumn('email_id', 'text')
      .addColumn('remote_path', 'text')
      .addColumn('remote_cursor', 'text')
      .addColumn('selectable', integer, (column) => column.notNull().defaultTo(1))
      .addColumn('remote_folder', integer, (column) => column.references('item.id'))
      .addColumn('remote_uid', 'text')
      .addColumn('spool', 'text')
      .addColumn('missing_since', integer),
  ).execute();
  // Planning, the backfill (newest first), the contents of a folder, slow-sync matching, and the mail server's view.
  await schema.createIndex('item_rev').on('item').columns(['account', 'rev']).execute();
  await schema.createIndex('item_newest').on('item').columns(['account', 'kind', 'received', 'id']).execute();
  await schema.createIndex('item_parent').on('item').columns(['parent', 'gone']).execute();
  await schema.createIndex('item_message_id').on('item').columns(['account', 'message_id']).execute();
  await schema.createIndex('item_digest').on('item').columns(['account', 'digest']).execute();
  await schema.createIndex('item_email_id').on('item').columns(['account', 'email_id']).execute();
  await schema.createIndex('item_remote').on('item').columns(['remote_folder', 'remote_uid']).execute();
  await schema.createIndex('item_tombstone').on('item').columns(['account', 'rev']).where(sql.ref('gone'), '=', sql.lit(1)).execute();
  await schema.createIndex('item_spool').on('item').column('spool').where(sql.ref('spool'), 'is not', null).execute();
  await schema
    .createIndex('item_missing')
    .on('item')
    .columns(['account', 'missing_since'])
    .where(sql.ref('missing_since'), 'is not', null)
    .execute();
}

async function createDevices(schema: Schema, { integer, bytes, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('device')
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('device_id', 'text', (column) => column.notNull())
      .addColumn('dev_inf', bytes)
      .addColumn('nonce_count', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('challenge_used', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('last_seen', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('device_key', ['person', 'device_id']),
  ).execute();
  // No foreign key on the account: a binding outlives it, so that the device learns that its account has changed.
  await strict(
    schema
      .createTable('binding')
      .addColumn('id', integer, rowId)
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('device_id', 'text', (column) => column.notNull())
      .addColumn('server_uri', 'text', (column) => column.notNull())
      .addColumn('client_uri', 'text', (column) => column.notNull())
      .addColumn('account', integer, (column) => column.notNull())
      .addColumn('asked', integer, (column) => column.notNull())
      .addUniqueConstraint('binding_key', ['person', 'device_id', 'server_uri', 'client_uri']),
  ).execute();
  await strict(
    schema
      .createTable('generation')
      .addColumn('id', integer, rowId)
      .addColumn('binding', integer, (column) => column.notNull().references('binding.id').onDelete('cascade'))
      .addColumn('account', integer, (column) => column.notNull().references('account.id').onDelete('cascade'))
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('planned', integer, (column) => column.notNull())
      .addColumn('view', 'text', (column) => column.notNull())
      .addColumn('view_hash', 'text', (column) => column.notNull())
      .addColumn('wanted', 'text', (column) => column.notNull())
      .addColumn('backfill_received', integer)
      .addColumn('backfill_item', integer)
      .addColumn('backfilled', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('committed', 'text')
      .addColumn('pending', 'text')
      .addColumn('previous', 'text')
      .addColumn('last_batch', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('executed', integer, (column) => column.notNull().defaultTo(0))
      .addUniqueConstraint('generation_role', ['binding', 'role']),
  ).execute();
  await schema.createIndex('generation_account').on('generation').column('account').execute();
}

async function createMaps(schema: Schema, { integer, strict }: Dialect): Promise<void> {
  // No foreign key on the item: a row may outlive a forgotten tombstone, so that the device is still told.
  await strict(
    schema
      .createTable('map_row')
      .addColumn('generation', integer, (column) => column.notNull().references('generation.id').onDelete('cascade'))
      .addColumn('item', integer, (column) => column.notNull())
      .addColumn('luid', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('batch', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('ack_rev', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('ack_flags', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('ack_parent', integer)
      .addColumn('ack_name', 'text')
      .addColumn('shape', 'text', (column) => column.notNull().defaultTo('none'))
      .addColumn('sent_rev', integer)
      .addColumn('sent_flags', integer)
      .addColumn('sent_parent', integer)
      .addColumn('sent_name', 'text')
      .addColumn('sent_shape', 'text')
      .addColumn('sent_gone', integer)
      .addPrimaryKeyConstraint('map_row_key', ['generation', 'item']),
  ).execute();
  await schema.createIndex('map_row_state').on('map_row').columns(['generation', 'state', 'item']).execute();
  await schema.createIndex('map_row_luid').on('map_row').columns(['generation', 'luid']).execute();
  await schema.createIndex('map_row_item').on('map_row').column('item').execute();
  await strict(
    schema
      .createTable('received')
      .addColumn('binding', integer, (column) => column.notNull().references('binding.id').onDelete('cascade'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('text', 'text')
      .addColumn('item', integer)
      .addColumn('queue_id', 'text')
      .addColumn('batch', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('received_key', ['binding', 'key']),
  ).execute();
}

async function createSessions(schema: Schema, { integer, bytes, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('session')
      .addColumn('token', 'text', (column) => column.primaryKey().notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('device_id', 'text', (column) => column.notNull())
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('last_msg_id', 'text', (column) => column.notNull())
      .addColumn('last_hash', 'text', (column) => column.notNull())
      .addColumn('last_reply', bytes, (column) => column.notNull())
      .addColumn('version', integer, (column) => column.notNull())
      .addColumn('updated', integer, (column) => column.notNull()),
  ).execute();
  await schema.createIndex('session_of_device').on('session').columns(['person', 'device_id', 'session_id']).execute();
  await schema.createIndex('session_updated').on('session').column('updated').execute();
  await strict(
    schema
      .createTable('spool')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('seq', integer, (column) => column.notNull())
      // Before the bytes: what stands behind them costs reading them.
      .addColumn('created', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('bytes', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('spool_key', ['id', 'seq']),
  ).execute();
}

async function createQueues(schema: Schema, { integer, rowId, strict }: Dialect): Promise<void> {
  await strict(
    schema
      .createTable('operation')
      .addColumn('id', integer, rowId)
      .addColumn('account', integer, (column) => column.notNull().references('account.id').onDelete('cascade'))
      .addColumn('item', integer, (column) => column.notNull().references('item.id').onDelete('cascade'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('args', 'text', (column) => column.notNull())
      .addColumn('attempts', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('next_at', integer, (column) => column.notNull())
      .addColumn('last_error', 'text')
      .addColumn('created', integer, (column) => column.notNull()),
  ).execute();
  await schema.createIndex('operation_order').on('operation').columns(['account', 'id']).execute();
  await schema.createIndex('operation_item').on('operation').column('item').execute();
  await strict(
    schema
      .createTable('submission')
      .addColumn('queue_id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('account', integer, (column) => column.notNull().references('account.id').onDelete('cascade'))
      .addColumn('item', integer, (column) => column.notNull().references('item.id').onDelete('cascade'))
      .addColumn('message_id', 'text', (column) => column.notNull())
      .addColumn('envelope', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('unknowns', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('next_at', integer, (column) => column.notNull())
      .addColumn('text', 'text')
      .addColumn('created', integer, (column) => column.notNull()),
  ).execute();
  await schema.createIndex('submission_due').on('submission').columns(['state', 'next_at']).execute();
  await schema.createIndex('submission_item').on('submission').column('item').execute();
}

export function firstTables(dialect: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createAccounts(db.schema, dialect);
      await createItems(db.schema, dialect);
      await createDevices(db.schema, dialect);
      await createMaps(db.schema, dialect);
      await createSessions(db.schema, dialect);
      await createQueues(db.schema, dialect);
    },
  };
}
