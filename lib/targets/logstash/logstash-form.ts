import { escapeJson, isWellFormed, wellFormed } from '../../core/text.js';
import type { LineForm } from '../../wire/json-records.js';
import { type Fields, isTidyName } from './keys.js';

/**
 * How lines of the schema "v1" are written: with `constant`, and the record's fields under `prefix`, where the fields
 * `extra` are too. A record with one of these has no tidy names.
 */
export function logstashForm(constant: Fields, prefix: string, extra: Fields): LineForm {
  const pairs = JSON.stringify(extra).slice(1, -1);
  const extraBytes = Buffer.from(pairs === '' ? '' : `${escapeJson(pairs)},`);
  return {
    beforeTime: '{"@timestamp":"',
    afterTime: ({ levelName, loggerName }) => {
      const head = { ...constant, level: levelName, logger_name: wellFormed(loggerName) };
      return `",${JSON.stringify(head).slice(1, -1)},`;
    },
    templateName: 'message_template',
    write: (walk, record, into) => {
      const { data, exception } = record;
      walk.message(into, record);
      if (exception !== undefined) walk.exceptionParts(into, exception, record, nameInEvent);
      walk.open(into, prefix);
      walk.data(into, data, exception);
      into.append(extraBytes);
      walk.close(into);
    },
    isTidy: name => isTidyName(name) && isWellFormed(name) && !Object.hasOwn(extra, name)
  };
}

/** Under which name a part of an error stands in the event itself. */
function nameInEvent(part: string): string | undefined {
  if (part === 'type') return 'error_type';
  if (part === 'message') return 'error_message';
  return part === 'stack' ? 'stack_trace' : undefined;
}
