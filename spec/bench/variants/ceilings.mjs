import { writeSync } from 'node:fs';
import { createConnection } from 'node:net';
import { ByteWriter, ExceptionLogRecord, LogLevel, LogRecord } from '../../../dist/lib/index.js';
import { FluentdEncoder } from '../../../dist/lib/targets/fluentd/encoder.js';
import { errorFields } from '../records.mjs';

/*
 * What no logger can be faster than: no levels, no queue, no retries. They write when 64 KiB have come together, and at
 * the end of a turn; to a socket if there is a port, to stdout otherwise; or nowhere.
 */

const levels = {
  debug: LogLevel.DEBUG,
  info: LogLevel.INFORMATION,
  warning: LogLevel.WARNING,
  error: LogLevel.ERROR
};

export function create({ what }) {
  let socket;
  let write;
  const open = port => {
    write = bytes => writeSync(1, bytes);
    if (port === undefined) return undefined;
    socket = createConnection(port, '127.0.0.1');
    write = bytes => socket.write(bytes);
    return new Promise(resolve => socket.once('connect', resolve));
  };
  const close = () => socket?.end();
  if (what === 'encoder into nothing') return { start() {}, close, ...encoder() };
  if (what === 'json') return { start: ({ port }) => open(port), close, ...json(bytes => write(bytes)) };
  return { start: ({ port }) => open(port), close, ...encoder(bytes => write(bytes)) };
}

function json(write) {
  let lines = '';
  const flush = () => {
    if (lines.length > 0) write(lines);
    lines = '';
  };
  return {
    log({ level, logger, error, text }, fields) {
      if (lines.length === 0) setImmediate(flush);
      const record = { time: Date.now(), level, logger, message: text(fields), ...fields };
      if (error !== undefined) record.error = errorFields(error);
      lines += `${JSON.stringify(record)}\n`;
      if (lines.length >= 64 * 1024) flush();
    },
    flush
  };
}

/** Our encoder, and messages of the forward protocol without acknowledgement: a header before each 64 KiB. */
function encoder(write = undefined) {
  const encode = new FluentdEncoder({ tag: 'bench' });
  const writer = new ByteWriter(256 * 1024);
  const header = Buffer.from([0x92, 0xa5, ...Buffer.from('bench'), 0xc6, 0, 0, 0, 0]);
  writer.length = header.length;
  const flush = () => {
    if (writer.length === header.length) return;
    header.writeUInt32BE(writer.length - header.length, header.length - 4);
    header.copy(writer.bytes);
    write?.(writer.copy(0, writer.length));
    writer.truncate(header.length);
  };
  let sequence = 0;
  return {
    log({ level, logger, template, error }, fields) {
      if (writer.length === header.length) setImmediate(flush);
      const time = Date.now();
      sequence++;
      const record =
        error === undefined
          ? new LogRecord(time, sequence, logger, levels[level], template, undefined, fields)
          : new ExceptionLogRecord(time, sequence, logger, levels[level], template, undefined, fields, error);
      encode.encode(record, writer);
      if (writer.length >= 64 * 1024) flush();
    },
    flush
  };
}
