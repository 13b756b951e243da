import { SeverityNumber } from '@opentelemetry/api-logs';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

const severities = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warning: SeverityNumber.WARN,
  error: SeverityNumber.ERROR
};

export function create() {
  let provider;
  let exported = 0;
  const loggers = new Map();
  const exporter = {
    export(records, done) {
      exported += records.length;
      done({ code: 0 });
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve()
  };
  return {
    start() {
      // The queue of 2048 that is the default would drop most of what the suite logs.
      provider = new LoggerProvider({
        processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize: 5_000_000 })]
      });
    },
    log({ level, logger: name, error, text }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = provider.getLogger(name);
        loggers.set(name, logger);
      }
      const attributes = fields;
      if (error !== undefined) {
        attributes['exception.type'] = error.name;
        attributes['exception.message'] = error.message;
        attributes['exception.stacktrace'] = error.stack;
      }
      logger.emit({
        severityNumber: severities[level],
        severityText: level,
        timestamp: Date.now(),
        body: text(fields),
        attributes
      });
    },
    flush: () => provider.forceFlush(),
    close: () => provider.shutdown(),
    exported: () => exported
  };
}
