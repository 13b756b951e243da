import { atWork, watchWork, workDepth } from '../core/at-work.js';
import type { LoggerFactory } from '../core/factory.js';
import type { LogLevel } from '../core/level.js';
import type { Logger } from '../core/logger.js';
import type { LogData } from '../core/record.js';
import { renderMessage } from '../core/template.js';

/** Where records from elsewhere go: to one logger, or to a factory's loggers of the names that they had. */
export type Destination = Logger | LoggerFactory;

/**
 * How deep inside the work of targets something may be said and still become a record. A target that says something for
 * every record that it gets, to a logger that feeds it, comes to an end here.
 */
const maxDepth = 3;

/** Makes records of what other loggers say. */
export class Feed {
  readonly #destination: Destination;

  constructor(what: string, destination: Destination) {
    if (
      typeof destination !== 'object' ||
      destination === null ||
      !('getLogger' in destination || 'log' in destination)
    ) {
      throw new TypeError(`${what}: needs a Logger or a LoggerFactory`);
    }
    this.#destination = destination;
    watchWork();
  }

  /** Whether names choose the logger. */
  get hasNames(): boolean {
    return 'getLogger' in this.#destination;
  }

  /** Logs what was given as a log call's own arguments. */
  call(name: string, level: LogLevel, message: unknown, args: readonly unknown[]): void {
    if (workDepth() >= maxDepth) return;
    const logger = 'getLogger' in this.#destination ? this.#destination.getLogger(name) : this.#destination;
    atWork(() => void logger.log(level, message, ...args));
  }

  /** Logs a text as it is: braces in it are no template. */
  text(name: string, level: LogLevel, text: string, fields: LogData): void {
    const isTemplate = text.includes('{') && renderMessage(text, [], fields) !== text;
    if (isTemplate) this.call(name, level, '%s', [text, fields]);
    else this.call(name, level, text, [fields]);
  }
}

/** What `write` of a stream gets behind the chunk. */
export type WriteArguments = [encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback];
type WriteCallback = (error: Error | null | undefined) => void;
