/* What is measured, on whom, and how it is shown. */
import { callCases, codecNames, growthCases } from './loops.mjs';
import { median } from './measure.mjs';
import { hasPython, pythonRow } from './python.mjs';
import { column, markdown, number, ratioColumn, ratioOf, table } from './table.mjs';

const gc = '--expose-gc';

/** Records in one round of a variant: what takes a second or two. */
const counts = {
  'nothing: the records only': 1_000_000,
  'logflume Fluentd, ack': 1_000_000,
  'logflume Fluentd, no ack': 1_000_000,
  'logflume flush target into nothing': 400_000,
  'logflume console': 300_000,
  'logflume Logstash TCP': 300_000,
  'logflume Logstash Beats': 300_000,
  'JSON.stringify, batched': 300_000,
  'pino sync': 300_000,
  'pino-socket': 300_000,
  'records made and encoded, into nothing': 1_000_000,
  'encoder loop + one write per 64 KiB': 1_000_000,
  'fluent-logger Message, ack': 5000,
  'winston-logstash': 60_000,
  winston: 100_000,
  // To a pipe it spins, and takes a hundred times as long.
  'pino worker': 40_000
};

const deliveries =
  (names, how, most = 150_000) =>
  scale =>
    names.map(variant => ({
      row: variant,
      ...how.run,
      job: { kind: 'deliver', variant, count: Math.round((counts[variant] ?? most) * scale), ...how.job }
    }));

const deliveryColumns = base => [
  column('records/s', 'perSecond'),
  ratioColumn('ours over it', 'perSecond', base, { inverse: true }),
  column('CPU s per million', 'cpu', { digits: 2 }),
  ratioColumn('over ours', 'cpu', base),
  column('call, ns', 'callNs'),
  column('RSS, MiB', 'rss'),
  column("receiver's CPU", 'receiverCpu', { digits: 2 })
];

const withoutReceiver = columns => columns.filter(({ title }) => title !== "receiver's CPU");

const fluentdPeers = [
  '@fluent-org PackedForward, ack',
  '@fluent-org PackedForward',
  '@fluent-org Forward, ack',
  '@fluent-org Forward',
  'fluent-logger PackedForward, ack',
  'fluent-logger PackedForward',
  'fluent-logger Message, ack',
  'fluent-logger Message'
];

const consolePeers = ['pino sync', 'pino worker', 'winston', 'bunyan', 'log4js', 'LogTape', 'roarr'];
const tcpPeers = ['pino-socket', 'winston-logstash', 'log4js tcp'];
const tcp = [
  'JSON.stringify, batched',
  'logflume Logstash TCP',
  'logflume Logstash TCP, ECS',
  'logflume Logstash Beats',
  ...tcpPeers
];

const windows = scale => Math.max(5, Math.round(20 * scale));

const receiverOf = variant => {
  if (variant === 'logflume Logstash Beats') return 'beats';
  if (tcp.includes(variant)) return 'json';
  return /fluent/i.test(variant) ? 'forward' : undefined;
};

const merge =
  (...parts) =>
  scale =>
    parts.flatMap(part => part(scale));

export const suites = {
  calls: {
    title: 'A call: nanoseconds, and bytes of the heap',
    jobs: scale =>
      callCases.map(name => ({ row: name, flags: [gc], job: { kind: 'calls', name, windows: windows(scale) } })),
    table: numbers =>
      table(numbers, [column('ns', 'ns', { digits: 1 }), column('bytes', 'bytes')], 'not awaited, unless it says so')
  },

  encoders: {
    title: 'Encoding the record of the suite',
    jobs: scale => codecNames.map(codec => ({ row: codec, job: { kind: 'encoders', codec, windows: windows(scale) } })),
    table: numbers =>
      table(numbers, [column('ns', 'ns'), ratioColumn('over ours', 'ns', 'logflume, record ready')], 'encoder')
  },

  fluentd: {
    title: 'Fluentd forward protocol, end to end',
    jobs: merge(
      deliveries(['nothing: the records only', 'records made and encoded, into nothing'], { job: {} }),
      scale => [
        { row: 'ready chunks of 256 KiB, ack', job: { kind: 'chunks', count: Math.round(2_000_000 * scale) } },
        {
          row: 'encoder loop into nothing: records ready',
          job: { kind: 'encoders', codec: 'logflume, record ready', windows: windows(scale) }
        }
      ],
      deliveries(
        ['encoder loop + one write per 64 KiB', 'logflume Fluentd, ack', 'logflume Fluentd, no ack', ...fluentdPeers],
        { job: { receiver: 'forward' } }
      )
    ),
    table: numbers => table(withEncoderRate(numbers), deliveryColumns('logflume Fluentd, ack'), 'client')
  },

  logstash: {
    title: 'What Logstash takes, end to end: JSON lines over TCP, and Beats',
    jobs: scale => tcp.flatMap(name => deliveries([name], { job: { receiver: receiverOf(name) } })(scale)),
    table: numbers => table(numbers, deliveryColumns('logflume Logstash TCP'), 'client')
  },

  'console-null': {
    title: 'JSON lines to /dev/null',
    jobs: deliveries(
      [
        'nothing: the records only',
        'JSON.stringify, batched',
        'logflume console',
        ...consolePeers,
        'OpenTelemetry batch processor into nothing'
      ],
      { job: {} }
    ),
    table: numbers => table(numbers, withoutReceiver(deliveryColumns('logflume console')), 'logger')
  },

  'console-pipe': {
    title: 'JSON lines to a pipe',
    jobs: deliveries(['JSON.stringify, batched', 'logflume console', ...consolePeers], {
      run: { out: 'fifo' },
      job: { receiver: 'fifo' }
    }),
    table: numbers => table(numbers, deliveryColumns('logflume console'), 'logger')
  },

  exit: {
    title: 'Logged to a pipe, then process.exit(): how many of 20 000 arrive',
    jobs: scale =>
      ['logflume console', ...consolePeers].map(variant => ({
        row: variant,
        out: 'fifo',
        job: { kind: 'exit', variant, count: Math.round(20_000 * Math.max(0.2, scale)) }
      })),
    table: numbers => table(numbers, [column('per cent', 'arrived', { digits: 1, unit: 0.01 })], 'logger')
  },

  allocation: {
    title: 'Bytes of the heap per record, garbage included, until it is delivered',
    jobs: scale =>
      [
        'nothing: the records only',
        'logflume flush target into nothing',
        'logflume Fluentd, ack',
        ...fluentdPeers.filter(name => name !== 'fluent-logger Message, ack'),
        'logflume Logstash TCP',
        'logflume Logstash Beats',
        'pino-socket',
        'winston-logstash',
        'logflume console',
        ...consolePeers
      ].map(variant => ({
        row: variant,
        flags: [gc, 'large new space'],
        job: {
          kind: 'allocate',
          variant,
          count: Math.round(10_000 * Math.max(0.2, scale)),
          receiver: receiverOf(variant)
        }
      })),
    table: numbers =>
      table(
        numbers,
        [column('heap, B', 'heap'), column('outside the heap, B', 'external')],
        'with the making of the record'
      )
  },

  delay: {
    title: '50 000 records a second: delays of the event loop',
    jobs: scale =>
      [
        'nothing: the records only',
        'logflume Fluentd, ack',
        '@fluent-org PackedForward, ack',
        'fluent-logger PackedForward, ack',
        'logflume Logstash Beats',
        'pino-socket',
        'logflume console',
        'pino sync'
      ].map(variant => ({
        row: variant,
        rounds: 2,
        job: {
          kind: 'paced',
          variant,
          rate: 50_000,
          seconds: Math.max(2, Math.round(20 * scale)),
          receiver: receiverOf(variant)
        }
      })),
    table: numbers =>
      table(
        numbers,
        [
          column('p50, ms', 'p50', { digits: 2 }),
          column('p99, ms', 'p99', { digits: 2 }),
          addedColumn('p99 added, ms', 'p99', 'nothing: the records only'),
          column('p99.9, ms', 'p999', { digits: 2 }),
          column('longest, ms', 'max', { digits: 1 }),
          column('CPU s per million', 'cpu', { digits: 2 })
        ],
        'to'
      )
  },

  memory: {
    title: 'A loop that awaits each of 1 000 000 calls, into a receiver that reads 20 MB/s',
    jobs: scale =>
      [
        ['nothing: the records only', 'nothing: the records only'],
        ['logflume Fluentd, ack', 'logflume Fluentd, ack', 20_000_000],
        ["logflume Fluentd, ack, overflow: 'wait'", 'logflume Fluentd, ack', 20_000_000, 'wait'],
        ['logflume Fluentd, ack, receiver at full speed', 'logflume Fluentd, ack'],
        ['logflume flush target into nothing', 'logflume flush target into nothing']
      ].map(([row, variant, pace, overflow = 'drop']) => ({
        row,
        flags: [gc],
        rounds: 3,
        job: {
          kind: 'tight',
          variant,
          count: Math.round(1_000_000 * scale),
          receiver: variant.includes('Fluentd') ? 'forward' : undefined,
          ...(pace && { pace }),
          // The bounds that a target has if its user says nothing.
          options: { maxQueued: 125_000, maxQueuedBytes: 64 * 2 ** 20, overflow }
        }
      })),
    table: numbers =>
      table(
        numbers,
        [
          column('RSS grows by, MiB', 'growth', { digits: 1 }),
          column('longest turn, ms', 'longestTurn', { digits: 1 }),
          column('records/s', 'perSecond'),
          column('given up: queue full', 'lost')
        ],
        'target'
      )
  },

  queued: {
    title: 'A record that waits for a receiver that does not read',
    jobs: scale => [
      {
        row: 'logflume Fluentd, ack',
        flags: [gc],
        job: {
          kind: 'queued',
          variant: 'logflume Fluentd, ack',
          count: Math.round(200_000 * scale),
          receiver: 'forward'
        }
      }
    ],
    table: numbers =>
      table(
        numbers,
        [
          column('on the wire, B', 'wire'),
          column('heap and buffers, B', 'heap'),
          column('over the wire', 'heapRatio', { digits: 2 }),
          column('RSS, B', 'rss'),
          column('over the wire', 'rssRatio', { digits: 2 })
        ],
        'target'
      )
  },

  growth: {
    title: 'As things grow: nanoseconds of a call',
    jobs: scale =>
      Object.entries(growthCases).flatMap(([what, sizes]) =>
        sizes.map(size => ({
          row: `${what}: ${size}`,
          job: { kind: 'growth', what, number: size, windows: windows(scale) }
        }))
      ),
    table: numbers =>
      markdown(
        ['', 'ns of a call'],
        Object.entries(growthCases).map(([what, sizes]) => [
          what,
          sizes.map(size => `${size}: ${number(median(numbers[`${what}: ${size}`]?.ns ?? []))}`).join(', ')
        ])
      )
  },

  cold: {
    title: 'The first 1000 records of a process, in one burst',
    jobs: () => [
      ...[
        'nothing: the records only',
        'logflume Fluentd, ack',
        '@fluent-org PackedForward, ack',
        '@fluent-org Forward, ack',
        'fluent-logger PackedForward, ack',
        'fluent-logger Message',
        'logflume Logstash TCP',
        'pino-socket',
        'winston-logstash'
      ].map(variant => ({
        row: variant,
        // What is packed is what programs load: `npm run bench` has it made.
        job: { kind: 'cold', variant, count: 1000, receiver: receiverOf(variant), library: '../packed/index.js' }
      })),
      ...(hasPython() ? [{ row: pythonRow, job: { kind: 'coldPython', count: 1000 } }] : [])
    ],
    table: numbers =>
      table(
        numbers,
        [
          column('modules loaded in, ms', 'loaded', { digits: 1 }),
          column('calls, ms', 'calls', { digits: 1 }),
          column('until all have arrived, ms', 'total', { digits: 1 }),
          column('a record, us', 'total', { digits: 1 })
        ],
        'client'
      )
  },

  quick: {
    title: 'What npm run bench:quick compares',
    jobs: () => quickJobs,
    ratios: quickRatios,
    table: numbers => quickTable(quickRatios(numbers))
  }
};

/** The rate of the bare encoder as records a second, beside the others. */
function withEncoderRate(numbers) {
  const row = 'encoder loop into nothing: records ready';
  const { [row]: encoder, ...others } = numbers;
  if (encoder === undefined) return numbers;
  const { 'nothing: the records only': nothing, ...rest } = others;
  const rate = { perSecond: encoder.ns.map(ns => 1e9 / ns), cpu: encoder.ns.map(ns => ns / 1000) };
  return { ...(nothing && { 'nothing: the records only': nothing }), [row]: rate, ...rest };
}

function addedColumn(title, key, base) {
  return {
    title,
    text: (values, numbers) => {
      const added = values[key]?.map((value, round) => value - (numbers[base]?.[key][round] ?? Number.NaN));
      return number(median(added ?? []), 2);
    }
  };
}

const quickJobs = [
  ...[
    'await of a constant promise',
    'making the record of the suite',
    'null target, awaited',
    'flush target, awaited',
    'rolog in JavaScript, awaited',
    'pino into nothing',
    'null target'
  ].map(name => ({ row: name, flags: [gc], job: { kind: 'calls', name, windows: 12 } })),
  ...[
    'logflume, record ready',
    'logflume JSON line',
    'logflume event for Logstash',
    'logflume event of ECS for Logstash',
    'msgpackr (no records, variable map size)',
    'JSON.stringify'
  ].map(codec => ({
    row: codec,
    job: { kind: 'encoders', codec, windows: 10 }
  })),
  ...['logflume Fluentd, ack', '@fluent-org Forward, ack', 'encoder loop + one write per 64 KiB'].map(variant => ({
    row: variant,
    job: { kind: 'deliver', variant, count: 100_000, receiver: 'forward' }
  })),
  ...['logflume console', 'pino sync', 'JSON.stringify, batched'].map(variant => ({
    row: variant,
    job: { kind: 'deliver', variant, count: 100_000 }
  })),
  {
    row: 'queued',
    flags: [gc],
    job: { kind: 'queued', variant: 'logflume Fluentd, ack', count: 100_000, receiver: 'forward' }
  }
];

/** Ratios of ours to something in the same round; more is better. */
export function quickRatios(numbers) {
  const over = (key, base, row) => ratioOf(numbers[base]?.[key], numbers[row]?.[key]);
  return {
    'null target, awaited: constant promise over ours': over(
      'ns',
      'await of a constant promise',
      'null target, awaited'
    ),
    'null target: pino into nothing over ours': over('ns', 'pino into nothing', 'null target'),
    'flush target, awaited: rolog in JavaScript over ours': over(
      'ns',
      'rolog in JavaScript, awaited',
      'flush target, awaited'
    ),
    'encoder: msgpackr over ours': over('ns', 'msgpackr (no records, variable map size)', 'logflume, record ready'),
    'encoder: JSON.stringify over ours': over('ns', 'JSON.stringify', 'logflume, record ready'),
    'JSON line: JSON.stringify over ours': over('ns', 'JSON.stringify', 'logflume JSON line'),
    'event for Logstash: JSON.stringify over ours': over('ns', 'JSON.stringify', 'logflume event for Logstash'),
    'event of ECS: JSON.stringify over ours': over('ns', 'JSON.stringify', 'logflume event of ECS for Logstash'),
    'Fluentd, records/s: ours over @fluent-org Forward, ack': over(
      'perSecond',
      'logflume Fluentd, ack',
      '@fluent-org Forward, ack'
    ),
    'Fluentd, CPU: @fluent-org Forward, ack over ours': over(
      'cpu',
      '@fluent-org Forward, ack',
      'logflume Fluentd, ack'
    ),
    'Fluentd, records/s: ours over the encoder loop': over(
      'perSecond',
      'logflume Fluentd, ack',
      'encoder loop + one write per 64 KiB'
    ),
    'Fluentd, CPU: the encoder loop over ours': over(
      'cpu',
      'encoder loop + one write per 64 KiB',
      'logflume Fluentd, ack'
    ),
    'console, CPU: pino sync over ours': over('cpu', 'pino sync', 'logflume console'),
    'console, CPU: JSON.stringify, batched over ours': over('cpu', 'JSON.stringify, batched', 'logflume console'),
    'queued record: size on the wire over its memory': over('wire', 'queued', 'queued') && queuedRatio(numbers)
  };
}

function queuedRatio(numbers) {
  return 1 / median(numbers.queued.heapRatio);
}

function quickTable(ratios) {
  return markdown(
    ['ratio, more is better', 'measured'],
    Object.entries(ratios).map(([name, ratio]) => [name, number(ratio, 2)])
  );
}
