import { Writable } from 'node:stream';
import { boolean, checkOptions, text } from '../core/check.js';
import { LogLevel } from '../core/level.js';
import { isError, keysOf, put, read } from '../core/read.js';
import { textOf } from '../core/values.js';
import { type Destination, Feed, type WriteArguments } from './feed.js';
import { levelNamedElsewhere } from './levels.js';
import { ours } from './winston-target.js';

/** As winston's own transports have them. */
export interface WinstonTransportOptions {
  /** The lowest level of winston's that is taken. Default: the logger's. */
  readonly level?: string;
  /** Takes nothing. Default: false. */
  readonly silent?: boolean;
  /** Takes uncaught exceptions. Default: false. */
  readonly handleExceptions?: boolean;
  /** Takes unhandled rejections. Default: false. */
  readonly handleRejections?: boolean;
}

const rules = {
  level: text(),
  silent: boolean(false),
  handleExceptions: boolean(false),
  handleRejections: boolean(false)
};

/** Symbols by which winston's parts know each other (the package triple-beam). */
const rawLevel = Symbol.for('level');
const splat = Symbol.for('splat');

/** What winston gives to its transports. */
type Info = Readonly<Record<PropertyKey, unknown>>;

/** The logger that a transport belongs to: what it pipes into the transport. */
interface Parent {
  readonly level?: string;
  readonly levels?: Readonly<Record<string, number>>;
}

/**
 * A transport for winston: `createLogger({ transports: [winstonTransport(factory)] })`. Every info becomes a record of the
 * logger, or of the factory's logger of its field `label` ("winston", if there is none).
 *
 * Levels keep their place by their names, npm's and syslog's, `http` and `verbose` between DEBUG and INFORMATION; one with
 * another name is INFORMATION, and its name a field. An error among the arguments is the exception; all other fields stay.
 */
export function winstonTransport(destination: Destination, options: WinstonTransportOptions = {}): WinstonTransport {
  return new WinstonTransport(destination, options);
}

/** See `winstonTransport`. */
export class WinstonTransport extends Writable {
  declare level?: string;
  silent: boolean;
  handleExceptions: boolean;
  handleRejections: boolean;
  readonly #feed: Feed;
  #parent: Parent | undefined;

  /** Called by `winstonTransport`. */
  constructor(destination: Destination, options: WinstonTransportOptions) {
    super({ objectMode: true });
    const { level, silent, handleExceptions, handleRejections } = checkOptions('winstonTransport', rules, options);
    if (level !== undefined) this.level = level;
    this.silent = silent;
    this.handleExceptions = handleExceptions;
    this.handleRejections = handleRejections;
    this.#feed = new Feed('winstonTransport', destination);
    this.on('pipe', (logger: Parent) => {
      this.#parent = logger;
    });
  }

  /**
   * Makes a record of an info, if it is one for this transport. At once, past the stream's buffer: a record that comes from
   * inside the work for another one must be known as such.
   */
  override write(info: unknown, ...[encoding, callback]: WriteArguments): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    if (this.writableEnded) return super.write(info, done);
    this.log(info as object, () => done?.(null));
    return true;
  }

  /** Winston wants a transport to have it. */
  log(info: object, next: () => void): void {
    if (this.#wants(info as Info)) this.#take(info as Info);
    next();
  }

  #wants(info: Info): boolean {
    if (this.silent || info[ours] === true) return false;
    if (info['exception'] === true && !this.handleExceptions) return false;
    if (info['rejection'] === true && !this.handleRejections) return false;
    const least = this.level ?? this.#parent?.level;
    const levels = this.#parent?.levels;
    if (least === undefined || levels === undefined) return true;
    return !(Number(levels[nameOf(info)]) > Number(levels[least])); // low numbers are high levels
  }

  #take(info: Info): void {
    const name = nameOf(info);
    const level = levelNamedElsewhere(name);
    const fields: Record<string, unknown> = level === undefined ? { level: name } : {};
    const error = errorOf(info);
    const label = read(info, 'label');
    const hasName = this.#feed.hasNames && typeof label === 'string' && label !== '';
    const keys = keysOf(info);
    for (const key of typeof keys === 'string' ? [] : keys) {
      if (key === 'level' || key === 'message' || (key === 'label' && hasName)) continue;
      const value = read(info, key);
      if (error !== undefined && (value === error || (key === 'stack' && value === error.stack))) continue;
      put(fields, key, value);
    }
    // One of the names by which a logger finds it.
    const place = ['error', 'err', 'exception'].find(candidate => !Object.hasOwn(fields, candidate));
    if (error !== undefined && place !== undefined) put(fields, place, error);
    const message = read(info, 'message');
    const text = isError(message) ? message.message : textOf(message);
    this.#feed.text(hasName ? label : 'winston', level ?? LogLevel.INFORMATION, text, fields);
  }
}

/** The level's name. `info.level` is what formats make of it: coloured, perhaps. */
function nameOf(info: Info): string {
  return String(info[rawLevel] ?? info['level']);
}

/** The error of an info: itself, its message, its field `error`, or the first among the arguments of the call. */
function errorOf(info: Info): Error | undefined {
  const args = info[splat];
  const candidates = [info, info['message'], info['error'], ...(Array.isArray(args) ? args : [])];
  return candidates.find(isError);
}
