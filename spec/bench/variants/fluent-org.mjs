import { FluentClient } from '@fluent-org/logger';
import { errorFields } from '../records.mjs';

export function create({ eventMode, ack }) {
  let client;
  return {
    start({ port }) {
      client = new FluentClient('bench', {
        eventMode,
        milliseconds: true,
        socket: { host: '127.0.0.1', port },
        ...(ack && { ack: { ackTimeout: 60_000 } })
      });
    },
    ready: () => client.connect(),
    log({ level, logger, error, text }, fields) {
      const record = { level, logger, message: text(fields), ...fields };
      if (error !== undefined) record.error = errorFields(error);
      return client.emit('log', record);
    },
    flush: () => client.flush(),
    close: () => client.shutdown()
  };
}
