/*
 * Stores that a spool could be made of, each as a queue: `open(directory)` gives `append(id, batch)`, which resolves when the
 * batch is safe from a power cut, `done(id)` and `close()`. Batches are opaque bytes.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const key = id => String(id).padStart(12, '0');

/** The least that any of them must do: an append and an fdatasync for each batch, and nothing is ever deleted. */
async function bare(directory) {
  const file = await open(join(directory, 'file'), 'wx');
  let at = 0;
  return {
    async append(_, { payload }) {
      await file.write(payload, 0, payload.length, at);
      at += payload.length;
      await file.datasync();
    },
    done() {},
    close: () => file.close()
  };
}

async function segments(directory, fsync = 'batch') {
  const { DiskSpool } = await import('../../../dist/lib/spool/disk-spool.js');
  const { systemClock } = await import('../../../dist/lib/core/clock.js');
  const fail = (what, error) => {
    throw new Error(`${what}: ${error}`);
  };
  const spool = new DiskSpool({
    directory,
    name: 'bench',
    format: 'msgpack',
    maxBytes: 2 ** 30,
    maxAge: Number.POSITIVE_INFINITY,
    fsync,
    clock: systemClock,
    listener: { onRecovered() {}, onLoss: fail, onDamage: fail, onError: fail }
  });
  await spool.open();
  return {
    append: (id, { payload, ends, levels, times, topics }) =>
      spool.append({ id: key(id), from: 0, payload, ends, levels, times, topics, isTried: false }, true),
    done: id => spool.done(key(id)),
    close: () => spool.close()
  };
}

async function level(directory) {
  const { ClassicLevel } = await import('classic-level');
  const db = new ClassicLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'view' });
  await db.open();
  return {
    append: (id, { payload }) => db.put(key(id), payload, { sync: true }),
    done: id => db.del(key(id)),
    close: () => db.close()
  };
}

async function lmdb(directory) {
  const { open: openLmdb } = await import('lmdb');
  const db = openLmdb({ path: directory, encoding: 'binary', keyEncoding: 'uint32' });
  return {
    async append(id, { payload }) {
      await db.put(id, payload);
      await db.flushed; // a put resolves when it can be read, and is synced later
    },
    done: id => void db.remove(id),
    close: () => db.close()
  };
}

async function sqlite(directory) {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(join(directory, 'db'));
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE batch (id INTEGER PRIMARY KEY, payload BLOB)'
  );
  const put = db.prepare('INSERT INTO batch VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM batch WHERE id = ?');
  let gone = [];
  return {
    async append(id, { payload }) {
      db.exec('BEGIN');
      for (const old of gone) remove.run(old);
      put.run(id, payload);
      db.exec('COMMIT');
      gone = [];
    },
    done: id => void gone.push(id),
    close: async () => db.close()
  };
}

export const stores = {
  'write + fdatasync, nothing else': bare,
  'segments of our own': segments,
  'segments of our own, fsync: never': directory => segments(directory, 'never'),
  'LevelDB (classic-level)': level,
  'LMDB (lmdb)': lmdb,
  'SQLite (node:sqlite), WAL, FULL': sqlite
};
