/* The rows of both tables: what is measured, and over which row its ratio is taken. */

const bare = 'write + fdatasync, nothing else';
const own = 'segments of our own';

/** As many records per sync as that many callers at the same time make, who all await. */
const crowds = [1, 100, 1000];

function ofCrowd(records) {
  const each = records === 1 ? '1 record a sync' : `${records} records a sync`;
  const callers = records === 1 ? '1 caller who awaits' : `${records} callers who await`;
  const over = `write + fdatasync, ${each}`;
  const always = { spool: { mode: 'always' }, collector: 'up' };
  return {
    [over]: { kind: 'store', store: bare, records },
    [`the store alone, ${each}`]: { kind: 'store', store: own, records, over },
    [`always, ${callers}`]: { kind: 'engine', ...always, callers: records, over }
  };
}

const outage = { kind: 'engine', spool: { mode: 'outage' } };

export const engineRows = {
  ...Object.assign({}, ...crowds.map(ofCrowd)),
  'always, 1 caller who awaits, fsync: interval': {
    kind: 'engine',
    spool: { mode: 'always', fsync: 'interval' },
    collector: 'up',
    callers: 1
  },
  'always, nobody awaits': { kind: 'engine', spool: { mode: 'always' }, collector: 'up', callers: 0 },
  'outage, collector down, 1 caller who awaits': { ...outage, collector: 'down', callers: 1 },
  'outage, collector down, 1000 callers who await': { ...outage, collector: 'down', callers: 1000 },
  'outage, collector down, nobody awaits': { ...outage, collector: 'down', callers: 0 },
  'no spool, collector up, at its pace': { kind: 'engine', collector: 'up', callers: 1, paced: true },
  'outage, collector up, at its pace': { ...outage, collector: 'up', callers: 1, paced: true }
};

export const engineColumns = {
  rate: ['records/s', 0],
  cpu: ['CPU, us a record', 2],
  lost: ['lost', 0],
  p99: ['turns, 99 %, ms', 1],
  longest: ['longest turn, ms', 1],
  pauses: ['longest GC, ms', 1],
  memory: ['RSS, MB', 0, 1e6]
};

export const storeColumns = {
  rate: ['records/s', 0],
  cpu: ['CPU s per million', 2],
  median: ['append, ms', 2],
  p99: ['of 99 %, ms', 1],
  longest: ['longest turn, CPU ms', 1],
  amplification: ['written per byte', 2],
  disk: ['on disk, MB', 1]
};
