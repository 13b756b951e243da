/* What issue 3 asks for, against what was measured: ratios of medians of one run. */
import { pythonRow } from './python.mjs';
import { markdown, number } from './table.mjs';

/** Microseconds of rolog's own `await logger.info` to a flush target: Python 3.11, on the machine of the first results. */
const rolog = 3.4;

const megabytes = mebibytes => (mebibytes === undefined ? undefined : (mebibytes * 2 ** 20) / 1e6);

/** @type {{ name: string, goal: number, least: boolean, unit?: string, of: (value: (suite: string, row: string, key: string) => number) => number }[]} */
export const goals = [
  {
    name: 'disabled level, not awaited',
    goal: 3,
    least: false,
    unit: ' ns',
    of: v => v('calls', 'disabled level', 'ns')
  },
  {
    name: 'disabled level, bytes allocated',
    goal: 0.5,
    least: false,
    unit: ' B',
    of: v => v('calls', 'disabled level', 'bytes')
  },
  {
    name: 'await to a null target, over a constant promise',
    goal: 150,
    least: false,
    unit: ' ns',
    of: v => v('calls', 'null target, awaited', 'ns') - v('calls', 'await of a constant promise', 'ns')
  },
  ...[
    ['@fluent-org PackedForward, ack', 4, 4],
    ['@fluent-org Forward, ack', 2.5, 2.5],
    ['fluent-logger PackedForward, ack', 5, 5]
  ].flatMap(([peer, rate, cpu]) => [
    {
      name: `Fluentd, ack, records/s: ours over ${peer}`,
      goal: rate,
      least: true,
      of: v => v('fluentd', 'logflume Fluentd, ack', 'perSecond') / v('fluentd', peer, 'perSecond')
    },
    {
      name: `Fluentd, ack, CPU: ${peer} over ours`,
      goal: cpu,
      least: true,
      of: v => v('fluentd', peer, 'cpu') / v('fluentd', 'logflume Fluentd, ack', 'cpu')
    }
  ]),
  ...[
    ['winston-logstash', 4, 4],
    ['pino-socket', 1.3, 1.6]
  ].flatMap(([peer, rate, cpu]) => [
    {
      name: `Logstash TCP, records/s: ours over ${peer}`,
      goal: rate,
      least: true,
      of: v => v('logstash', 'logflume Logstash TCP', 'perSecond') / v('logstash', peer, 'perSecond')
    },
    {
      name: `Logstash TCP, CPU: ${peer} over ours`,
      goal: cpu,
      least: true,
      of: v => v('logstash', peer, 'cpu') / v('logstash', 'logflume Logstash TCP', 'cpu')
    }
  ]),
  {
    name: 'Logstash Beats, acknowledged, records/s: ours over pino-socket',
    goal: 1,
    least: true,
    of: v => v('logstash', 'logflume Logstash Beats', 'perSecond') / v('logstash', 'pino-socket', 'perSecond')
  },
  ...['console-null', 'console-pipe'].map(suite => ({
    name: `${suite}: our CPU over pino sync's`,
    goal: 0.75,
    least: false,
    of: v => v(suite, 'logflume console', 'cpu') / v(suite, 'pino sync', 'cpu')
  })),
  {
    name: 'console: delivered after process.exit()',
    goal: 1,
    least: true,
    of: v => v('exit', 'logflume console', 'arrived')
  },
  {
    name: '1 M awaited into a slow receiver: RSS grows by',
    goal: 100,
    least: false,
    unit: ' MB',
    of: v => megabytes(v('memory', 'logflume Fluentd, ack', 'growth'))
  },
  {
    name: '1 M awaited into a slow receiver: longest turn',
    goal: 10,
    least: false,
    unit: ' ms',
    of: v => v('memory', 'logflume Fluentd, ack', 'longestTurn')
  },
  {
    name: "1 M awaited into a slow receiver, overflow: 'wait': RSS grows by",
    goal: 100,
    least: false,
    unit: ' MB',
    of: v => megabytes(v('memory', "logflume Fluentd, ack, overflow: 'wait'", 'growth'))
  },
  {
    name: "1 M awaited into a slow receiver, overflow: 'wait': lost",
    goal: 0,
    least: false,
    of: v => v('memory', "logflume Fluentd, ack, overflow: 'wait'", 'lost')
  },
  {
    name: "await to a flush target: rolog's 3.4 us over ours",
    goal: 10,
    least: true,
    of: v => (rolog * 1000) / v('calls', 'flush target, awaited', 'ns')
  },
  {
    name: 'await to a flush target: rolog in JavaScript over ours',
    goal: 3,
    least: true,
    of: v => v('calls', 'rolog in JavaScript, awaited', 'ns') / v('calls', 'flush target, awaited', 'ns')
  },
  {
    name: 'first 1000 records of a process, each',
    goal: 26,
    least: false,
    unit: ' us',
    of: v => v('cold', 'logflume Fluentd, ack', 'total')
  },
  {
    name: `the same, over ${pythonRow}`,
    goal: 1,
    least: false,
    of: v => v('cold', 'logflume Fluentd, ack', 'total') / v('cold', pythonRow, 'total')
  },
  {
    name: 'encoder: msgpack-lite encode() over ours',
    goal: 5,
    least: true,
    of: v => v('encoders', 'msgpack-lite encode()', 'ns') / v('encoders', 'logflume, record ready', 'ns')
  },
  {
    name: 'encoder: msgpackr over ours',
    goal: 1.3,
    least: true,
    of: v =>
      v('encoders', 'msgpackr (no records, variable map size)', 'ns') / v('encoders', 'logflume, record ready', 'ns')
  },
  {
    // The same 256 records again and again: it neither makes records nor renders them, nor asks for the time.
    name: "end to end over our encoder's bare loop, which makes no records",
    goal: 0.55,
    least: true,
    of: v =>
      (v('fluentd', 'logflume Fluentd, ack', 'perSecond') *
        v('fluentd', 'encoder loop into nothing: records ready', 'ns')) /
      1e9
  },
  {
    name: 'end to end over a loop that makes and encodes the same records',
    goal: 0.55,
    least: true,
    of: v =>
      v('fluentd', 'logflume Fluentd, ack', 'perSecond') /
      v('fluentd', 'records made and encoded, into nothing', 'perSecond')
  },
  {
    name: 'queued record, RSS over its wire size',
    goal: 1.3,
    least: false,
    of: v => v('queued', 'logflume Fluentd, ack', 'rssRatio')
  },
  {
    name: '50 000 records/s: p99 delay of the event loop added',
    goal: 2,
    least: false,
    unit: ' ms',
    of: v => v('delay', 'logflume Fluentd, ack', 'p99') - v('delay', 'nothing: the records only', 'p99')
  }
];

/** The goals whose suites have been run. */
export function goalsTable(suites) {
  const value = (suite, row, key) => suites[suite]?.rows[row]?.[key] ?? Number.NaN;
  const rows = goals
    .map(goal => ({ ...goal, measured: goal.of(value) }))
    .filter(({ measured }) => !Number.isNaN(measured))
    .map(({ name, goal, least, unit = '', measured }) => [
      name,
      `${least ? '>=' : '<='} ${goal}${unit}`,
      `${number(measured, 2)}${unit}`,
      (least ? measured >= goal : measured <= goal) ? 'yes' : 'no'
    ]);
  return markdown(['measure', 'goal', 'measured', 'met'], rows);
}
