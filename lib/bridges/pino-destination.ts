import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { checkOptions, type Rule, text } from '../core/check.js';
import { LogLevel } from '../core/level.js';
import { put } from '../core/read.js';
import { restoreError } from '../core/restore-error.js';
import { isPlainObject, textOf } from '../core/values.js';
import { type Destination, Feed, type WriteArguments } from './feed.js';
import { fromPino, levelNamedElsewhere } from './levels.js';

export interface PinoDestinationOptions {
  /** Pino's option of the same name. Default: `msg`. */
  readonly messageKey?: string;
  /** Pino's option of the same name. Default: `err`. */
  readonly errorKey?: string;
}

const rules = { messageKey: text('msg') as Rule<string>, errorKey: text('err') as Rule<string> };

/** Characters of a line at most; of a longer one, the rest is a line of its own. */
const maxLine = 16 * 1024 * 1024;

/**
 * A stream for pino to write to: `pino(options, pinoDestination(factory))`. Every line becomes a record of the logger, or of
 * the factory's logger of pino's `name` ("pino", if there is none).
 *
 * Levels keep their place (pino's 30 is INFORMATION, its 60 CRITICAL), `msg` is the message, `err` the exception, and all
 * other fields stay, but for `time`: the record has its own. A line that is no JSON is the message of an INFORMATION record.
 */
export function pinoDestination(destination: Destination, options: PinoDestinationOptions = {}): Writable {
  return new PinoDestination(destination, options);
}

/** Whether there are such streams in this process, for `PinoTarget`. */
let isInUse = false;

/** What `PinoTarget` writes under `viaKey`, so that such a line does not become a record again. Not to be guessed. */
const token = randomBytes(8).toString('hex');
const viaKey = 'viaLogflume';

/** The mark of a line that is a record of ours; none in a process in which no line becomes a record. */
export function pinoMark(): Record<string, string> | undefined {
  return isInUse ? { [viaKey]: token } : undefined;
}

class PinoDestination extends Writable {
  readonly #feed: Feed;
  readonly #messageKey: string;
  readonly #errorKey: string;
  readonly #decoder = new StringDecoder();
  #rest = '';

  constructor(destination: Destination, options: PinoDestinationOptions) {
    super({ decodeStrings: false });
    const { messageKey, errorKey } = checkOptions('pinoDestination', rules, options);
    this.#feed = new Feed('pinoDestination', destination);
    this.#messageKey = messageKey;
    this.#errorKey = errorKey;
    isInUse = true;
  }

  /**
   * Takes lines at once, past the stream's buffer: a record that comes from inside the work for another one must be known
   * as such.
   */
  override write(chunk: unknown, ...[encoding, callback]: WriteArguments): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    if (this.writableEnded) return super.write(chunk, done);
    const lines = (this.#rest + this.#decode(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLine) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    for (const line of lines) this.#take(line);
    done?.(null);
    return true;
  }

  override _final(done: () => void): void {
    this.#take(this.#rest + this.#decoder.end());
    done();
  }

  #decode(chunk: unknown): string {
    return typeof chunk === 'string' ? chunk : this.#decoder.write(chunk as Buffer);
  }

  #take(line: string): void {
    if (line.trim() === '') return;
    const fields = parse(line);
    if (fields === undefined) {
      this.#feed.text('pino', LogLevel.INFORMATION, line, {});
      return;
    }
    const { level, time: _time, [viaKey]: via, [this.#messageKey]: message, [this.#errorKey]: error, ...data } = fields;
    if (via === token) return;
    if (via !== undefined) data[viaKey] = via;
    if (isPlainObject(error) && typeof error['message'] === 'string') put(data, 'error', restoreError(error));
    else if (error !== undefined) put(data, this.#errorKey, error);
    const { name } = data;
    const hasName = this.#feed.hasNames && typeof name === 'string' && name !== '';
    if (hasName) delete data['name'];
    const text = message === undefined ? '' : textOf(message);
    this.#feed.text(hasName ? name : 'pino', levelOf(level), text, data);
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined; // a transport has made a text of it
  }
}

/** Pino writes a number, or what `formatters.level` makes of it: a name, mostly. */
function levelOf(level: unknown): LogLevel {
  if (typeof level === 'number' && Number.isFinite(level)) return fromPino(level);
  return levelNamedElsewhere(String(level)) ?? LogLevel.INFORMATION;
}
