import { Recent } from '../core/recent.js';
import { isoTime, type LogRecord } from '../core/record.js';
import { escapeJson } from '../core/text.js';
import type { ByteWriter } from './bytes.js';
import type { LineForm } from './json-records.js';

/** What the line of a record begins with, up to the milliseconds of its time and from there on. */
interface Head {
  readonly bytes: Buffer;
  /** Seconds since the epoch, as they stand in the bytes. */
  second: number;
}

/** What lines begin with, ready to be copied: programs have few loggers, and many records in a second. */
export class JsonHeads {
  readonly #beforeTime: string;
  readonly #afterTime: (record: LogRecord) => string;
  readonly #byLogger = new Recent<string, (Head | undefined)[]>(maxHeads);

  constructor({ beforeTime, afterTime }: Pick<LineForm, 'beforeTime' | 'afterTime'>) {
    this.#beforeTime = beforeTime;
    this.#afterTime = afterTime;
  }

  write(into: ByteWriter, record: LogRecord): void {
    const { timestamp } = record;
    const time = Math.trunc(timestamp);
    const second = Math.floor(time / 1000);
    const isUsual = second >= firstSecond && second < endSecond;
    const head = isUsual ? (this.#byLogger.get(record.loggerName)?.[record.level] ?? this.#learn(record)) : undefined;
    if (head === undefined) {
      into.text(this.#make(record));
      return;
    }
    const at = this.#beforeTime.length + millisecondsAt;
    if (head.second !== second) {
      head.bytes.write(isoTime(timestamp), this.#beforeTime.length, 'latin1');
      head.second = second;
    }
    const start = into.length;
    into.append(head.bytes);
    const milliseconds = time - second * 1000;
    const tens = Math.floor(milliseconds / 10);
    const hundreds = Math.floor(tens / 10);
    into.bytes[start + at] = zero + hundreds;
    into.bytes[start + at + 1] = zero + tens - hundreds * 10;
    into.bytes[start + at + 2] = zero + milliseconds - tens * 10;
  }

  /** A name that comes for the first time may be one of very many, and not come again while there is room. */
  #learn(record: LogRecord): Head | undefined {
    const byLevel = this.#byLogger.get(record.loggerName);
    if (byLevel === undefined) {
      this.#byLogger.set(record.loggerName, []);
      return undefined;
    }
    const text = this.#make(record);
    if (text.length > maxHead) return undefined;
    const head = { bytes: Buffer.from(text), second: Number.NaN };
    byLevel[record.level] = head;
    return head;
  }

  #make(record: LogRecord): string {
    return this.#beforeTime + isoTime(record.timestamp) + escapeJson(this.#afterTime(record));
  }
}

const zero = 0x30;
/** Where the milliseconds are in `2023-11-14T22:13:20.123Z`. */
const millisecondsAt = 20;
/** The seconds of the years 0 to 9999, which have four digits. */
const firstSecond = -62_167_219_200;
const endSecond = 253_402_300_800;

/** A program that makes up logger names must not fill the memory. */
const maxHeads = 1000;
const maxHead = 4096;
