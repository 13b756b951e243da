/* Measurements in a loop: of one call, of one encoding. */
import {
  ByteWriter,
  ConsoleTarget,
  EcsFormatter,
  ExceptionLogRecord,
  FlushLogTarget,
  LoggerFactory,
  LogLevel,
  LogRecord,
  LogstashFormatter,
  LogTarget,
  secretKeys,
  WireLogTarget
} from '../../dist/lib/index.js';
import { FluentdEncoder } from '../../dist/lib/targets/fluentd/encoder.js';
import { eventEncoder } from '../../dist/lib/targets/logstash/encoder.js';
import { JsonEncoder } from '../../dist/lib/wire/json.js';
import { nanoseconds, turn } from './measure.mjs';
import { makeSamples } from './records.mjs';

class NullTarget extends LogTarget {
  log() {}
}

class NullFlushTarget extends FlushLogTarget {
  async logRecords() {}
}

/** A target that encodes for Fluentd, and sends into nothing. */
function bytesTarget() {
  const transport = { send: async () => undefined, sendSync: () => true, close: () => undefined };
  return new WireLogTarget(new FluentdEncoder({ tag: 'bench' }), transport);
}

function factoryOf(...targets) {
  return factoryWith({}, targets);
}

function factoryWith(options, targets) {
  const factory = new LoggerFactory({ minimumLevel: LogLevel.INFORMATION, ...options });
  for (const target of targets) factory.addTarget(target);
  return factory;
}

function loggerOf(...targets) {
  return factoryOf(...targets).getLogger('shop.orders');
}

/** The logger of a factory that redacts. */
function redacting(redact) {
  return factoryWith({ redact }, [new NullTarget()]).getLogger('shop.orders');
}

const bound = { service: 'shop', region: 'eu-1', shard: 7 };
const context = { requestId: '0af7651916cd43dd', user: 4711 };

/** A loop of log calls that are all made inside of `runWith`. */
function inContext(loop, target) {
  const factory = factoryOf(target);
  const { run, maxCount } = loop(factory.getLogger('shop.orders'));
  return { run: count => factory.runWith(context, () => run(count)), maxCount };
}

/**
 * What a logger of rolog does for one call, as a program in JavaScript would: `info` awaits `log`, which makes the record
 * and walks the levels downwards with their lists of targets; the target's `log` awaits the queue's `put`, and what is
 * queued is taken out one by one when there is enough of it.
 */
class RologQueue {
  #items = [];
  #taken = 0;
  get size() {
    return this.#items.length - this.#taken;
  }
  async put(item) {
    this.#items.push(item);
  }
  take() {
    const item = this.#items[this.#taken++];
    if (this.size === 0) {
      this.#items = [];
      this.#taken = 0;
    }
    return item;
  }
}

class RologTarget {
  #queue = new RologQueue();
  async log(record) {
    if (!record) return;
    await this.#queue.put(record);
    if (this.#queue.size >= 500) await this.flush();
  }
  async flush() {
    const records = [];
    while (this.#queue.size > 0) records.push(this.#queue.take());
    await this.logRecordsWithRetries(records);
  }
  async logRecordsWithRetries(records) {
    try {
      await this.logRecords(records);
    } catch (error) {
      console.error(error);
    }
  }
  async logRecords() {}
}

class RologLogger {
  name = 'shop.orders';
  targets = new Map([0, 10, 20, 30, 40, 50].map(level => [level, level === LogLevel.DEBUG ? [new RologTarget()] : []]));
  async info(message, ...args) {
    await this.log(message, LogLevel.INFORMATION, ...args);
  }
  async log(message, level, ...args) {
    if (level > LogLevel.CRITICAL) throw new RangeError('the level is too high');
    const [data] = args;
    if (data !== undefined && 'exception' in data) throw new Error('none of these has one');
    const record = { time: new Date(), loggerName: this.name, level, message, args, data };
    for (let current = level; current >= LogLevel.DEBUG; current -= 10) {
      for (const target of this.targets.get(current)) await target.log(record);
    }
  }
}

const constant = Promise.resolve();

/*
 * The loops are written out, each with its own call site, as programs have them. Loops that do not wait turn the event
 * loop every few thousand calls, uncounted, so that the queues do not run full.
 */
const awaited = logger => ({
  run: async count => {
    for (let i = 0; i < count; i++) await logger.info('order {id} paid', { id: i, express: true, total: 12.5 });
  },
  maxCount: 20_000
});
const fired = logger => ({
  run: count => {
    for (let i = 0; i < count; i++) void logger.info('order {id} paid', { id: i, express: true, total: 12.5 });
  },
  maxCount: 5000
});
const disabledAwaited = logger => ({
  run: async count => {
    for (let i = 0; i < count; i++) await logger.debug('order {id} paid', { id: i, express: true, total: 12.5 });
  }
});
const disabledFired = logger => ({
  run: count => {
    for (let i = 0; i < count; i++) void logger.debug('order {id} paid', { id: i, express: true, total: 12.5 });
  }
});

const samples = makeSamples();

/** The record of the suite through one logger, with the making of its fields. */
const suiteRecord = async (logger, isAwaited) => {
  let next = 0;
  const one = () => {
    const sample = samples[next & 4095];
    const fields = sample.fields(next++);
    return sample.error === undefined
      ? logger.info(sample.template, fields)
      : logger.error(sample.template, sample.error, fields);
  };
  return isAwaited
    ? {
        run: async count => {
          for (let i = 0; i < count; i++) await one();
        },
        maxCount: 20_000
      }
    : {
        run: count => {
          for (let i = 0; i < count; i++) void one();
        },
        maxCount: 5000
      };
};

const consoleTarget = () => new ConsoleTarget({ format: 'json', stderrLevel: LogLevel.NONE });

const cases = {
  'await of a constant promise': () => ({
    run: async count => {
      for (let i = 0; i < count; i++) await constant;
    }
  }),
  'making the record of the suite': () => {
    let next = 0;
    let last;
    return {
      run: count => {
        for (let i = 0; i < count; i++) last = samples[next & 4095].fields(next++);
        return last === undefined ? constant : undefined;
      }
    };
  },
  'disabled level, awaited': () => disabledAwaited(loggerOf(new NullTarget())),
  'disabled level': () => disabledFired(loggerOf(new NullTarget())),
  'null target, awaited': () => awaited(loggerOf(new NullTarget())),
  'null target': () => fired(loggerOf(new NullTarget())),
  'null target, record of the suite': () => suiteRecord(loggerOf(new NullTarget()), false),
  'null target, record of the suite, redact by secretKeys': () => suiteRecord(redacting({ keys: secretKeys }), false),
  'null target, record of the suite, redact: true': () => suiteRecord(redacting(true), false),
  'flush target, awaited': () => awaited(loggerOf(new NullFlushTarget())),
  'flush target': () => fired(loggerOf(new NullFlushTarget())),
  'rolog in JavaScript, awaited': () => awaited(new RologLogger()),
  'console JSON to /dev/null, awaited': () => awaited(loggerOf(consoleTarget())),
  'console JSON to /dev/null': () => fired(loggerOf(consoleTarget())),
  'Fluentd bytes, awaited': () => awaited(loggerOf(bytesTarget())),
  'Fluentd bytes': () => fired(loggerOf(bytesTarget())),
  'Fluentd bytes, record of the suite, awaited': () => suiteRecord(loggerOf(bytesTarget()), true),
  'Fluentd bytes, record of the suite': () => suiteRecord(loggerOf(bytesTarget()), false),
  'null target, three bound fields, awaited': () => awaited(loggerOf(new NullTarget()).with(bound)),
  'null target, three bound fields': () => fired(loggerOf(new NullTarget()).with(bound)),
  'null target, in a context of two fields, awaited': () => inContext(awaited, new NullTarget()),
  'null target, in a context of two fields': () => inContext(fired, new NullTarget()),
  'Fluentd bytes, three bound fields': () => fired(loggerOf(bytesTarget()).with(bound)),
  'Fluentd bytes, in a context of two fields': () => inContext(fired, bytesTarget()),
  'pino, disabled level': async () => {
    const { pino } = await import('pino');
    const logger = pino({ level: 'info' }, { write: () => undefined });
    return {
      run: count => {
        for (let i = 0; i < count; i++) logger.debug({ id: i, express: true, total: 12.5 }, 'order paid');
      }
    };
  },
  'pino into nothing': async () => {
    const { pino } = await import('pino');
    const logger = pino({ level: 'info' }, { write: () => undefined });
    return {
      run: count => {
        for (let i = 0; i < count; i++) logger.info({ id: i, express: true, total: 12.5 }, `order ${i} paid`);
      },
      maxCount: 5000
    };
  }
};

export const callCases = Object.keys(cases);

/** Nanoseconds of a call, and the bytes of the heap that it takes. */
export async function calls({ name, windows }) {
  const { run, maxCount = 5_000_000 } = await cases[name]();
  const ns = await nanoseconds(run, { maxCount, windows });
  return { ns, bytes: await heapPerStep(run, maxCount) };
}

/** Bytes that the heap grows by in one step, garbage included; the median of some rounds without a collection. */
async function heapPerStep(run, maxCount) {
  const count = Math.min(maxCount, 1000);
  const growths = [];
  for (let round = 0; round < 15; round++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    const running = run(count);
    const grown = process.memoryUsage().heapUsed - before;
    if (running !== undefined) await running;
    // What an awaited loop leaves is known when it has ended.
    const total = running === undefined ? grown : process.memoryUsage().heapUsed - before;
    growths.push(total / count);
    await turn();
  }
  growths.sort((a, b) => a - b);
  return growths[growths.length >> 1];
}

/** The map that a record becomes, ready made: what the other encoders get. Parsed, as that gives objects of few shapes. */
function plainMap(record) {
  const { time, ...map } = record.toJSON();
  return JSON.parse(JSON.stringify(map));
}

/**
 * 256 records, which an encoder meets again and again: as many as processors have room for. A program logs a record once,
 * when it has just been made; of thousands that lie in the heap, fetching them is what would be measured.
 */
function makeRecords() {
  const levels = { debug: 10, info: 20, warning: 30, error: 40 };
  return samples.slice(0, 256).map(({ level, logger, template, error, fields }, index) => {
    const time = Date.now();
    return error === undefined
      ? new LogRecord(time, index, logger, levels[level], template, undefined, fields(index))
      : new ExceptionLogRecord(time, index, logger, levels[level], template, undefined, fields(index), error);
  });
}

/** Encodes records that are made and rendered each time. */
function lines(encoder) {
  const records = makeRecords();
  const writer = new ByteWriter(1 << 20);
  return index => {
    if ((index & 127) === 0) writer.truncate(0);
    const { timestamp, sequence, loggerName, level, message, data, exception } = records[index & 255];
    const record =
      exception === undefined
        ? new LogRecord(timestamp, sequence, loggerName, level, message, undefined, data)
        : new ExceptionLogRecord(timestamp, sequence, loggerName, level, message, undefined, data, exception);
    encoder.encode(record, writer);
  };
}

const codecs = {
  'logflume, record ready': async () => {
    const encoder = new FluentdEncoder({ tag: 'bench' });
    const records = makeRecords();
    const writer = new ByteWriter(1 << 20);
    for (const record of records) record.render();
    return index => {
      if ((index & 127) === 0) writer.truncate(0);
      encoder.encode(records[index & 255], writer);
    };
  },
  'logflume, record made and rendered': () => lines(new FluentdEncoder({ tag: 'bench' })),
  'logflume JSON line': () => lines(new JsonEncoder()),
  'logflume event for Logstash': () => {
    const formatter = new LogstashFormatter();
    return lines(eventEncoder({ formatter, instead: formatter, onError: error => console.error(error) }));
  },
  'logflume event of ECS for Logstash': () => {
    const formatter = new EcsFormatter();
    return lines(eventEncoder({ formatter, instead: formatter, onError: error => console.error(error) }));
  },
  'msgpackr (no records, variable map size)': async () => {
    const { Packr } = await import('msgpackr');
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    const maps = makeRecords().map(plainMap);
    return index => packr.pack(maps[index & 255]);
  },
  '@msgpack/msgpack, reused Encoder, shared buffer': async () => {
    const { Encoder } = await import('@msgpack/msgpack');
    const encoder = new Encoder();
    const maps = makeRecords().map(plainMap);
    return index => encoder.encodeSharedRef(maps[index & 255]);
  },
  '@msgpack/msgpack encode()': async () => {
    const { encode } = await import('@msgpack/msgpack');
    const maps = makeRecords().map(plainMap);
    return index => encode(maps[index & 255]);
  },
  'msgpack-lite encode()': async () => {
    const { default: msgpack } = await import('msgpack-lite');
    const maps = makeRecords().map(plainMap);
    return index => msgpack.encode(maps[index & 255]);
  },
  'JSON.stringify': async () => {
    const maps = makeRecords().map(plainMap);
    return index => JSON.stringify(maps[index & 255]);
  },
  'JSON.stringify into a buffer': async () => {
    const maps = makeRecords().map(plainMap);
    const buffer = Buffer.allocUnsafeSlow(1 << 20);
    return index => buffer.write(JSON.stringify(maps[index & 255]), 0);
  }
};

export const codecNames = Object.keys(codecs);

/** Nanoseconds to encode a record. */
export async function encoders({ codec, windows }) {
  const encode = await codecs[codec]();
  let next = 0;
  const run = count => {
    for (let i = 0; i < count; i++) encode(next++);
  };
  return { ns: await nanoseconds(run, { maxCount: 20_000, windows }) };
}

const series = {
  'null targets': number => ({ ...fired(loggerOf(...Array.from({ length: number }, () => new NullTarget()))) }),
  'Fluentd targets': number => fired(loggerOf(...Array.from({ length: number }, bytesTarget))),
  fields: number => {
    const logger = loggerOf(bytesTarget());
    const values = Array.from({ length: number }, (_, index) => [
      `field${index}`,
      [index * 7919, `value ${index}`, index + 0.5, index % 2 === 0][index % 4]
    ]);
    const fields = Object.fromEntries(values);
    return {
      run: count => {
        for (let i = 0; i < count; i++) void logger.info('order paid', fields);
      },
      maxCount: 5000
    };
  },
  loggers: number => {
    const factory = new LoggerFactory().addTarget(bytesTarget());
    const loggers = Array.from({ length: number }, (_, index) => factory.getLogger(`shop.part${index}`));
    let next = 0;
    return {
      run: count => {
        for (let i = 0; i < count; i++) {
          void loggers[next++ % number].info('order {id} paid', { id: i, express: true, total: 12.5 });
        }
      },
      maxCount: 5000
    };
  }
};

export const growthCases = {
  'null targets': [1, 2, 4, 8],
  'Fluentd targets': [1, 2, 4, 8],
  fields: [0, 1, 5, 10, 20, 50],
  loggers: [1, 10, 100, 1000, 10_000]
};

/** Nanoseconds of a call, not awaited, as something grows. */
export async function growth({ what, number, windows }) {
  const { run, maxCount } = series[what](number);
  return { ns: await nanoseconds(run, { maxCount, windows }) };
}

/** A PackedForward message of records of the suite, with a request to acknowledge it. */
export function makeChunk(bytes) {
  const encoder = new FluentdEncoder({ tag: 'bench' });
  const writer = new ByteWriter(bytes * 2);
  let size = 0;
  for (const record of makeRecords()) {
    if (writer.length >= bytes) break;
    encoder.encode(record, writer);
    size++;
  }
  const header = Buffer.from([0x93, 0xa5, ...Buffer.from('bench'), 0xc6, 0, 0, 0, 0]);
  header.writeUInt32BE(writer.length, header.length - 4);
  const option = Buffer.from([0x81, 0xa5, ...Buffer.from('chunk'), 0xa8, ...Buffer.from('aaaaaaaa')]);
  return { message: Buffer.concat([header, writer.copy(0, writer.length), option]), size };
}
