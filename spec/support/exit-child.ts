import cluster from 'node:cluster';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  type Batch,
  ConsoleTarget,
  type Encoder,
  type ExitOptions,
  FluentdTarget,
  FlushLogTarget,
  LoggerFactory,
  type LogRecord,
  LogTarget,
  type SpoolOptions,
  type Transport,
  WireLogTarget
} from '../../lib/index.js';

// A program that logs and ends in the way that its plan names. It says `ready` when it can be sent a signal.

export interface Plan {
  readonly mode: string;
  /** Where a Fluentd receiver is. */
  readonly port: number;
  /** Records that are logged first. */
  readonly count?: number;
  /** Of `handleExit`; left out: it is not called. */
  readonly exit?: ExitOptions;
  readonly exitTimeout?: number;
  readonly fallback?: 'console' | 'fluentd';
  readonly spool?: SpoolOptions;
}

const plan = (isMainThread ? JSON.parse(process.argv[2] ?? '') : workerData) as Plan;
const { mode, port, count = 0, exit } = plan;
const program = new URL(import.meta.url);

function makeFactory(tag: string, options: ExitOptions | undefined): LoggerFactory {
  const factory = new LoggerFactory({ onFailure: () => undefined }).addTarget(
    new FluentdTarget({
      tag,
      port,
      flushInterval: 600_000, // nothing is sent unless it is flushed
      flushLevel: 50,
      maxSize: 100_000,
      ...(plan.exitTimeout !== undefined && { exitTimeout: plan.exitTimeout }),
      ...(plan.spool !== undefined && { spool: plan.spool }),
      ...(plan.fallback === 'console' && { fallbackTarget: new ConsoleTarget({ format: record => record.render() }) }),
      ...(plan.fallback === 'fluentd' && { fallbackTarget: new FluentdTarget({ name: 'second', tag, port }) })
    })
  );
  return options === undefined ? factory : factory.handleExit(options);
}

const factory = makeFactory('child', exit);
const logger = factory.getLogger('Child');

function say(what: string): void {
  process.stdout.write(`${what}\n`);
}

/** Says `ready`, lives on, and says `still here` when it is asked by SIGUSR2. */
function live(): void {
  process.on('SIGUSR2', () => say('still here'));
  setInterval(() => undefined, 1000);
  say('ready');
}

/** A target with a buffer of its own and no account. */
class Buffered extends LogTarget {
  readonly #records: LogRecord[] = [];
  override log(record: LogRecord): void {
    this.#records.push(record);
  }
  override async flush(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve));
    for (const record of this.#records.splice(0)) say(record.render());
  }
}

/** A target of live records whose destination takes nothing. */
class Deaf extends FlushLogTarget {
  override logRecords(): Promise<void> {
    return new Promise(() => undefined);
  }
}

/** A target of live records whose destination refuses everything. */
class Refusing extends FlushLogTarget {
  override logRecords(): Promise<void> {
    return Promise.reject(new Error('refused'));
  }
}

/** A target whose attempts keep the process alive for as long as they may. */
class Busy extends FlushLogTarget {
  override logRecords(_records: readonly LogRecord[], { signal }: Batch): Promise<void> {
    return new Promise((_, reject) => {
      const busy = setInterval(() => undefined, 1000);
      signal.addEventListener('abort', () => {
        clearInterval(busy);
        reject(signal.reason);
      });
    });
  }
}

const modes: Record<string, () => void | Promise<void>> = {
  end: () => undefined,
  'end with a code': () => {
    process.exitCode = 4;
  },
  exit: () => process.exit(3),
  throw: () => {
    setImmediate(() => {
      throw new TypeError('nobody catches this');
    });
  },
  'throw null': () => {
    setImmediate(() => {
      throw null;
    });
  },
  'throw, with a listener that does not end it': () => {
    process.on('uncaughtException', () => undefined);
    live();
    setImmediate(() => {
      throw new TypeError('somebody catches this');
    });
  },
  reject: () => {
    void Promise.reject(new TypeError('nobody handles this'));
  },
  live,
  'live, with a second factory': () => {
    void makeFactory('second', exit).getLogger('Second').info('second {n}', { n: 1 });
    live();
  },
  'live, with a listener that ends it': () => {
    process.once('SIGTERM', () => {
      setInterval(() => {
        if (factory.stats().pending > 0) return; // others still wait for their answer
        void logger.info('last request served');
        process.exit(7);
      }, 1);
    });
    live();
  },
  'live, with a listener that does not end it': () => {
    process.on('SIGTERM', () => undefined);
    live();
  },
  'live and log on': () => {
    setInterval(() => void logger.info('tick'), 1);
    live();
  },
  'dispose and exit': async () => {
    const { lost, fellBack } = await factory.dispose({ timeout: 50 });
    say(`${fellBack} fell back, ${lost} lost`);
    process.exit(0);
  },
  'dispose, with nothing else to do': async () => {
    const { lost } = await factory.dispose({ timeout: 300 });
    say(`${lost} lost`);
  },
  'log while it exits': () => {
    process.on('exit', () => void logger.info('from a listener of exit'));
    process.exit(0);
  },
  'log on the console while it exits': () => {
    const console = new LoggerFactory().addTarget(new ConsoleTarget({ format: record => record.render() }));
    const other = console.getLogger('Console');
    void other.info('before');
    process.on('exit', () => void other.info('from a listener of exit'));
    process.exit(0);
  },
  'log whenever it is about to end': () => {
    process.on('beforeExit', () => void logger.info('bye'));
  },
  'be busy and end': () => {
    const busy = new Busy({ name: 'busy', exitTimeout: 100, onFailure: () => undefined });
    void new LoggerFactory().addTarget(busy).getLogger('Busy').info('a record');
  },
  'buffer and end': () => {
    const buffered = new LoggerFactory().addTarget(new Buffered());
    if (exit !== undefined) buffered.handleExit(exit);
    void buffered.getLogger('Buffered').info('from the buffer');
  },
  'keep live records': () => {
    const deaf = new LoggerFactory().addTarget(new Deaf({ name: 'deaf' })).handleExit(exit);
    void deaf.getLogger('Deaf').error('{what} failed', { what: 'payment', fellBack: 'own' });
    void deaf.getLogger('Deaf').error('failed', new Error('card refused'));
    process.exit(0);
  },
  'exit while the fallback hangs': async () => {
    let taken = 0;
    const stuck = new (class Stuck extends LogTarget {
      override log(record: LogRecord): void | Promise<void> {
        if (++taken === 2) return new Promise(() => undefined);
        if (taken < 2) say(record.render());
      }
    })();
    const refusing = new Refusing({ name: 'refusing', maxRetries: 0, maxSize: 2, fallbackTarget: stuck });
    const hanging = new LoggerFactory({ onFailure: () => undefined }).addTarget(refusing);
    for (let index = 1; index <= 4; index++) void hanging.getLogger('Hanging').info(`${index}`);
    await new Promise(resolve => setImmediate(resolve));
    process.on('exit', () => {
      const { fellBack, lost, pending } = refusing.stats();
      say(`${fellBack} fell back, ${lost} lost, ${pending} pending`);
    });
    process.exit(0);
  },
  'overflow and exit': () => {
    const deaf = new LoggerFactory().addTarget(new Deaf({ name: 'deaf', maxQueued: 1 }));
    for (let index = 0; index < 100; index++) void deaf.getLogger('Deaf').info('one too many');
    process.exit(0);
  },
  'fail to send and exit': () => {
    const transport: Transport = {
      send: () => new Promise(() => undefined),
      sendSync: () => {
        throw new Error('a transport that throws');
      },
      close: () => undefined
    };
    const encoder: Encoder = { encode: (record, into) => into.text(record.render()) };
    const failing = new LoggerFactory().addTarget(new WireLogTarget(encoder, transport)).handleExit(exit);
    void failing.getLogger('Failing').info('by a transport that throws');
    void logger.info('by another');
    process.exit(3);
  },
  'add a target later and exit': () => {
    const later = new LoggerFactory().handleExit(exit).addTarget(new Deaf({ name: 'later' }));
    void later.getLogger('Later').info('to a target that was added later');
    process.exit(0);
  },
  'exit while a value is read': () => {
    const value = {
      toJSON: () => process.exit(3)
    };
    void logger.info('fatal', { value });
  },
  worker: () => {
    if (exit !== undefined) makeFactory('main', exit);
    const worker = new Worker(program, { workerData: { ...plan, mode: workerMode() } });
    worker.on('error', error => say(`error: ${error.message}`));
    worker.on('exit', code => say(`exit: ${code}`));
    worker.on('message', () => say('ready'));
  },
  'live in a worker': () => {
    setInterval(() => undefined, 1000);
    parentPort?.postMessage('ready');
  },
  'a worker that is terminated': async () => {
    const worker = new Worker(program, { workerData: { ...plan, mode: 'live in a worker' } });
    await new Promise(resolve => worker.once('message', resolve));
    await worker.terminate();
    live();
  },
  cluster: () => {
    if (cluster.isWorker) {
      process.send?.('ready');
      setInterval(() => undefined, 1000);
      return;
    }
    const worker = cluster.fork();
    worker.on('message', () => say('ready'));
    worker.on('exit', (code, signal) => say(`exit: ${signal ?? code}`));
    process.once('SIGUSR1', () => worker.kill());
    process.once('SIGUSR2', () => worker.process.kill('SIGTERM'));
  }
};

/** Of `worker: throw`, what the worker does. */
function workerMode(): string {
  return mode.replace('worker: ', '');
}

const isParent = isMainThread && (mode.includes('worker') || (mode === 'cluster' && cluster.isPrimary));
if (!isParent) for (let index = 1; index <= count; index++) void logger.info(`record ${index}`);
await modes[mode.startsWith('worker: ') ? 'worker' : mode]?.();
