import { levelName } from '../core/level.js';
import { Recent } from '../core/recent.js';
import type { RecordShape } from '../core/shape.js';
import type { ByteWriter } from './bytes.js';
import { writeString } from './msgpack.js';
import { Stamp } from './stamp.js';

/** What the records of a logger at one level begin with. */
export interface Head {
  readonly level: number;
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

  /** Appends `level` and `logger` and the name of `message`. Returns them, if they are known. */
  write(into: ByteWriter, level: number, loggerName: string): Head | undefined {
    const head = this.#byLogger.get(loggerName)?.[level];
    if (head === undefined) this.#learn(into, level, loggerName);
    else head.stamp.write(into);
    return head;
  }

  /** A name that comes for the first time may be one of very many, and not come again while there is room. */
  #learn(into: ByteWriter, level: number, loggerName: string): void {
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
    else byLevel[level] = { level, loggerName, stamp: new Stamp(into.copy(start, into.length)) };
  }
}

/** A program that makes up logger names must not fill the memory. */
const maxHeads = 1000;
/** Bytes up to which a head is copied faster than it could be written. */
const maxHead = 200;
