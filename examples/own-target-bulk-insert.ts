/** A target of one's own that inserts each batch into PostgreSQL: one statement, and none of it twice. */
import { type Batch, FlushLogTarget, LoggerFactory, type LogRecord, PermanentDeliveryError } from 'logflume';

/** What we need of a database: a `Pool` of `pg` has it, and so has the embedded PostgreSQL of this example. */
interface Database {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>;
}

const schema = `create table logs (
  batch text, line int, time timestamptz, level text, logger text, message text, data jsonb, primary key (batch, line)
)`;

const insert = `insert into logs (batch, line, time, level, logger, message, data)
  select $1, line, time::timestamptz, level, logger, message, data::jsonb
  from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    as one (line, time, level, logger, message, data)
  on conflict do nothing`;

class PostgresTarget extends FlushLogTarget {
  readonly #db: Database;

  constructor(db: Database) {
    super({ maxSize: 500, flushInterval: 1000 });
    this.#db = db;
  }

  /** A batch keeps its id when it is tried again, though the answer was lost and not the statement. */
  async logRecords(records: readonly LogRecord[], batch: Batch): Promise<void> {
    // PostgreSQL has no place for the character NUL, neither in texts nor in JSON.
    const withoutNul = (_: string, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '') : value);
    const rows = JSON.parse(JSON.stringify(records, withoutNul)) as Record<string, string>[];
    const lines = rows.map((_, index) => index);
    const columns = ['time', 'level', 'logger', 'message'].map(name => rows.map(row => row[name]));
    const data = rows.map(({ time, level, logger, message, ...rest }) => JSON.stringify(rest));
    try {
      await this.#db.query(insert, [batch.id, lines, ...columns, data]);
    } catch (error) {
      // Class 22, data exception: the same batch would be refused again.
      if (String((error as { code?: unknown }).code).startsWith('22')) {
        throw new PermanentDeliveryError('PostgreSQL does not take this batch', { cause: error });
      }
      throw error;
    }
  }
}

const embedded: string = '@electric-sql/pglite'; // not imported by name, as its types need those of a browser
const { PGlite } = (await import(embedded)) as { PGlite: { create(): Promise<Database & { close(): Promise<void> }> } };
const db = await PGlite.create();
await db.query(schema);
const factory = new LoggerFactory().addTarget(new PostgresTarget(db));
const logger = factory.getLogger('Shop');
for (let id = 1; id <= 1200; id++) logger.info('order {id} paid', { id, total: id * 10 });
logger.exception('order {id} not paid', new Error('card refused'), { id: 1201 });

const { delivered, lost } = await factory.dispose();
console.log({ delivered, lost });
const counts = 'select count(*)::int as records, count(distinct batch)::int as batches from logs';
console.log((await db.query(counts)).rows[0]);
const last =
  "select level, message, data->>'id' as id, data->'error'->>'message' as error from logs where level = 'ERROR'";
console.log((await db.query(last)).rows[0]);
await db.close();

// Output:
// { delivered: 1201, lost: 0 }
// { records: 1201, batches: 3 }
// {
//   level: 'ERROR',
//   message: 'order 1201 not paid',
//   id: '1201',
//   error: 'card refused'
// }
