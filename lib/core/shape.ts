import { freeName } from './read.js';
import type { Plain } from './values.js';

/** How a record's own parts are called in its map, and what is in every map. */
export interface RecordShape {
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  /** Fields that every map has, behind those of the record. */
  readonly fields: Readonly<Record<string, Plain>>;
  /** Whether the shape itself has a field of this name, so that a user's field is written under `fieldName`. */
  isReserved(name: string): boolean;
}

/** The shape that `LogRecord.toJSON` documents. */
export const defaultShape: RecordShape = {
  level: 'level',
  logger: 'logger',
  message: 'message',
  fields: {},
  isReserved(name) {
    switch (name) {
      case 'time':
      case 'level':
      case 'logger':
      case 'message':
      case 'template':
      case 'error':
        return true;
      default:
        return false;
    }
  }
};

/**
 * A shape of its own. No name may end in `_`, or be there twice: `template` and `error` are there always, and `time` is
 * kept free.
 */
export function recordShape(names: Pick<RecordShape, 'level' | 'logger' | 'message' | 'fields'>): RecordShape {
  const { level, logger, message, fields } = names;
  const reserved = new Set(['time', 'template', 'error', level, logger, message, ...Object.keys(fields)]);
  return { level, logger, message, fields, isReserved: name => reserved.has(name) };
}

/** The name under which the field `name` of `data` is written: a reserved one gets a `_`, and more while that is taken. */
export function fieldName(name: string, data: object, shape: RecordShape = defaultShape): string {
  return shape.isReserved(name) ? freeName(name, data) : name;
}
