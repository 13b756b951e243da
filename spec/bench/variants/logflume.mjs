/** What a queue must hold for a program that does not wait: the run counts what arrives, and nothing may be left out. */
const room = { maxQueued: 5_000_000, maxQueuedBytes: 2 ** 31 };

/** `library`: the file that logflume is loaded from. */
export async function create({ library = '../../../dist/lib/index.js', target: kind, requireAck, ...rest }) {
  const logflume = await import(library);
  const { LoggerFactory } = logflume;
  let factory;
  const loggers = new Map();
  return {
    awaits: true,
    start({ port, ...options }) {
      // What is lost makes the run fail, or is one of its numbers.
      factory = new LoggerFactory({ onFailure: () => undefined });
      factory.addTarget(makeTarget(logflume, kind, { port, requireAck, ...room, ...rest, ...options }));
    },
    log({ level, logger: name, template, error }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = factory.getLogger(name);
        loggers.set(name, logger);
      }
      switch (level) {
        case 'info':
          return logger.info(template, fields);
        case 'debug':
          return logger.debug(template, fields);
        case 'warning':
          return logger.warning(template, fields);
        default:
          return logger.error(template, error, fields);
      }
    },
    flush: () => factory.flush(),
    close: () => factory.dispose(),
    abandon: () => factory.dispose({ timeout: 1 }),
    stats: () => factory.stats(),
    lost: () => factory.stats().lost
  };
}

function makeTarget(logflume, kind, { port, requireAck, ...options }) {
  const { ConsoleTarget, EcsFormatter, FluentdTarget, FlushLogTarget, LogLevel, LogstashTarget } = logflume;
  if (kind === 'fluentd') return new FluentdTarget({ ...options, tag: 'bench', port, requireAck });
  if (kind === 'console') return new ConsoleTarget({ ...options, format: 'json', stderrLevel: LogLevel.NONE });
  if (kind === 'tcp' || kind === 'beats') return new LogstashTarget({ ...options, transport: kind, port });
  if (kind === 'ecs') return new LogstashTarget({ ...options, transport: 'tcp', port, formatter: new EcsFormatter() });
  class NullFlushTarget extends FlushLogTarget {
    async logRecords() {}
  }
  return new NullFlushTarget(options);
}
