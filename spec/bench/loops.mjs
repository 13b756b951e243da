/* Measurements in a loop: of one call, of one encoding. */
import {
  ByteWriter,
  ConsoleTarget,
  ExceptionLogRecord,
  FlushLogTarget,
  LoggerFactory,
  LogLevel,
  LogRecord,
  LogTarget,
  WireLogTarget
} from '../../dist/lib/index.js';
import { FluentdEncoder } from '../../dist/lib/targets/fluentd/encoder.js';
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

function loggerOf(...targets) {
  const factory = new LoggerFactory({ minimumLevel: LogLevel.INFORMATION });
  for (const target of targets) factory.addTarget(target);
  return factory.getLogger('shop.orders');
}

/** rolog, ported word by word: three asynchronous methods for each call, and a buffer that is flushed when it is full. */
class Port {
  buffer = [];
  async info(message, ...args) {
    await this.write(LogLevel.INFORMATION, message, args);
  }
  async write(level, message, args) {
    await this.log({ timestamp: Date.now(), level, loggerName: 'shop.orders', message, args });
  }
  async log(record) {
    this.buffer.push(record);
    if (this.buffer.length >= 500) this.buffer = [];
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
  'flush target, awaited': () => awaited(loggerOf(new NullFlushTarget())),
  'flush target': () => fired(loggerOf(new NullFlushTarget())),
  'three async hops, awaited': () => awaited(new Port()),
  'console JSON to /dev/null, awaited': () => awaited(loggerOf(consoleTarget())),
  'console JSON to /dev/null': () => fired(loggerOf(consoleTarget())),
  'Fluentd bytes, awaited': () => awaited(loggerOf(bytesTarget())),
  'Fluentd bytes': () => fired(loggerOf(bytesTarget())),
  'Fluentd bytes, record of the suite, awaited': () => suiteRecord(loggerOf(bytesTarget()), true),
  'Fluentd bytes, record of the suite': () => suiteRecord(loggerOf(bytesTarget()), false),
  // Bound fields (`with`) and context belong here when there are any: a logger with three bound fields, and one inside a
  // context of two, to the null target and to Fluentd bytes, both awaited and not.
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

function makeRecords() {
  const levels = { debug: 10, info: 20, warning: 30, error: 40 };
  return samples.map(({ level, logger, template, error, fields }, index) => {
    const time = Date.now();
    return error === undefined
      ? new LogRecord(time, index, logger, levels[level], template, undefined, fields(index))
      : new ExceptionLogRecord(time, index, logger, levels[level], template, undefined, fields(index), error);
  });
}

const codecs = {
  'logflume, record ready': async () => {
    const encoder = new FluentdEncoder({ tag: 'bench' });
    const records = makeRecords();
    const writer = new ByteWriter(1 << 20);
    for (const record of records) record.render();
    return index => {
      if ((index & 127) === 0) writer.truncate(0);
      encoder.encode(records[index & 4095], writer);
    };
  },
  'logflume, record made and rendered': async () => {
    const encoder = new FluentdEncoder({ tag: 'bench' });
    const records = makeRecords();
    const writer = new ByteWriter(1 << 20);
    return index => {
      if ((index & 127) === 0) writer.truncate(0);
      const { timestamp, sequence, loggerName, level, message, data, exception } = records[index & 4095];
      const record =
        exception === undefined
          ? new LogRecord(timestamp, sequence, loggerName, level, message, undefined, data)
          : new ExceptionLogRecord(timestamp, sequence, loggerName, level, message, undefined, data, exception);
      encoder.encode(record, writer);
    };
  },
  'msgpackr (no records, variable map size)': async () => {
    const { Packr } = await import('msgpackr');
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    const maps = makeRecords().map(plainMap);
    return index => packr.pack(maps[index & 4095]);
  },
  '@msgpack/msgpack, reused Encoder, shared buffer': async () => {
    const { Encoder } = await import('@msgpack/msgpack');
    const encoder = new Encoder();
    const maps = makeRecords().map(plainMap);
    return index => encoder.encodeSharedRef(maps[index & 4095]);
  },
  '@msgpack/msgpack encode()': async () => {
    const { encode } = await import('@msgpack/msgpack');
    const maps = makeRecords().map(plainMap);
    return index => encode(maps[index & 4095]);
  },
  'msgpack-lite encode()': async () => {
    const { default: msgpack } = await import('msgpack-lite');
    const maps = makeRecords().map(plainMap);
    return index => msgpack.encode(maps[index & 4095]);
  },
  'JSON.stringify': async () => {
    const maps = makeRecords().map(plainMap);
    return index => JSON.stringify(maps[index & 4095]);
  },
  'JSON.stringify into a buffer': async () => {
    const maps = makeRecords().map(plainMap);
    const buffer = Buffer.allocUnsafeSlow(1 << 20);
    return index => buffer.write(JSON.stringify(maps[index & 4095]), 0);
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
