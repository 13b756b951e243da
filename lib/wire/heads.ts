import { levelName } from '../core/level.js';
import { Recent } from '../core/recent.js';
import type { RecordShape } from '../core/shape.js';
import type { ByteWriter } from './bytes.js';
import { writeString } from './msgpack.js';

/** What records begin with, ready to be copied: programs have few loggers, and few templates. */
export class Heads {
  readonly #shape: RecordShape;
  readonly #byLogger = new Recent<string, (Uint8Array | undefined)[]>(maxHeads);
  readonly #byTemplate = new Recent<string, Uint8Array>(maxHeads);

  constructor(shape: RecordShape) {
    this.#shape = shape;
  }

  /** Appends `level` and `logger` and the name of `message`. */
  write(into: ByteWriter, level: number, loggerName: string): void {
    const head = this.#byLogger.get(loggerName)?.[level];
    if (head === undefined) this.#make(into, level, loggerName);
    else copy(into, head);
  }

  /** Appends `template`. */
  writeTemplate(into: ByteWriter, template: string): void {
    const known = this.#byTemplate.get(template);
    if (known !== undefined) {
      copy(into, known);
      return;
    }
    const start = into.length;
    writeString(into, 'template');
    writeString(into, template);
    if (into.length - start <= maxHead) this.#byTemplate.set(template, into.copy(start, into.length));
  }

  #make(into: ByteWriter, level: number, loggerName: string): void {
    const start = into.length;
    const { level: levelKey, logger, message } = this.#shape;
    writeString(into, levelKey);
    writeString(into, levelName(level));
    writeString(into, logger);
    writeString(into, loggerName);
    writeString(into, message);
    if (into.length - start > maxHead) return;
    const byLevel = this.#byLogger.get(loggerName) ?? [];
    byLevel[level] = into.copy(start, into.length);
    this.#byLogger.set(loggerName, byLevel);
  }
}

/** Appends bytes as they are. */
export function copy(into: ByteWriter, head: Uint8Array): void {
  into.reserve(head.length);
  into.bytes.set(head, into.length);
  into.length += head.length;
}

/** A program that makes up logger names must not fill the memory. */
const maxHeads = 1000;
/** Bytes up to which a loop copies a head faster than it could be written. */
const maxHead = 200;
