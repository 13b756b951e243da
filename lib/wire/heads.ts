import { levelName } from '../core/level.js';
import { Recent } from '../core/recent.js';
import type { RecordShape } from '../core/shape.js';
import type { ByteWriter } from './bytes.js';
import { writeString } from './msgpack.js';
import { Stamp } from './stamp.js';

/** What the records of a logger at one level begin with: `level` and `logger`, and the name of `message`. */
export interface Head {
  readonly loggerName: string;
  readonly stamp: Stamp;
}

/** What records begin with, ready to be copied: programs have few loggers. */
export class Heads {
  readonly #shape: RecordShape;
  readonly #byLogger = new Recent<string, (Head | undefined)[]>(maxHeads);

  constructor(shape: RecordShape) {
    this.#shape = shape;
  }

  find(level: number, loggerName: string): Head | undefined {
    return this.#byLogger.get(loggerName)?.[level];
  }

  /**
   * Appends a head that is not known, and learns it if the logger's name was there before: one that comes for the first time
   * may be one of very many, and not come again.
   */
  write(into: ByteWriter, level: number, loggerName: string): void {
    const start = into.length;
    const { level: levelKey, logger, message } = this.#shape;
    writeString(into, levelKey);
    writeString(into, levelName(level));
    writeString(into, logger);
    writeString(into, loggerName);
    writeString(into, message);
    if (into.length - start > maxHead) return;
    const byLevel = this.#byLogger.get(loggerName);
    if (byLevel === undefined) this.#byLogger.set(loggerName, []);
    else byLevel[level] = { loggerName, stamp: new Stamp(into.copy(start, into.length)) };
  }
}

/** A program that makes up logger names must not fill the memory. */
const maxHeads = 1000;
/** Bytes up to which a head is copied faster than it could be written. It must fit into `pairRoom`. */
const maxHead = 200;
