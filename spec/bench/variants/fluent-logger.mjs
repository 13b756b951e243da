import fluent from 'fluent-logger';
import { errorFields } from '../records.mjs';

export function create({ eventMode, ack }) {
  let sender;
  return {
    start({ port }) {
      sender = fluent.createFluentSender('bench', {
        host: '127.0.0.1',
        port,
        eventMode,
        requireAckResponse: ack,
        milliseconds: true
      });
    },
    log({ level, logger, error, text }, fields) {
      const record = { level, logger, message: text(fields), ...fields };
      if (error !== undefined) record.error = errorFields(error);
      sender.emit('log', record);
    },
    flush() {},
    close: () => sender.end()
  };
}
