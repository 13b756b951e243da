import type { LogRecord } from '../core/record.js';
import { defaultShape, type RecordShape } from '../core/shape.js';
import { defaultMaxDepth, type Plain, plainFields, plainMap } from '../core/values.js';
import type { ByteWriter } from './bytes.js';
import { Heads } from './heads.js';
import { Keys } from './keys.js';
import { writePlain } from './msgpack.js';
import { type Learnt, Walk } from './msgpack-walk.js';
import { defaultMaxRecordBytes, type RecordLimits, shrink } from './shrink.js';
import { messagePackSizes } from './sizes.js';
import { Templates } from './templates.js';

/**
 * Writes records in MessagePack: the map that `plainFields` would make, straight from what was logged, without a tree in
 * between. The only difference to that tree: a BigInt of 64 bits stays an integer, unless the record is too large or has
 * a key with lone surrogates and is made of the tree after all.
 */
export class RecordWriter {
  readonly #maxDepth: number;
  readonly #maxRecordBytes: number;
  readonly #shape: RecordShape;
  readonly #learnt: Learnt;
  /** One walk for all records. While it is in use, a getter that logs finds it taken and gets a new one. */
  #idle: Walk | undefined;

  constructor(limits: RecordLimits = {}, shape: RecordShape = defaultShape) {
    const { maxDepth = defaultMaxDepth, maxRecordBytes = defaultMaxRecordBytes } = limits;
    this.#maxDepth = maxDepth;
    this.#maxRecordBytes = maxRecordBytes;
    this.#shape = shape;
    this.#learnt = { heads: new Heads(shape), keys: new Keys(), templates: new Templates() };
  }

  /** Appends the map of a record. Never throws, whatever the values do while they are read. */
  write(record: LogRecord, into: ByteWriter): void {
    const start = into.length;
    const walk = this.#idle ?? this.#walk();
    this.#idle = undefined;
    try {
      walk.record(into, record, this.#maxRecordBytes);
      this.#idle = walk;
    } catch {
      // Too much of it, a key that needs another name, or something that took even the guarded reads by surprise. What is
      // wrong is told in its place in the tree, which is written instead; this walk's state is unknown and it goes.
      into.truncate(start);
      this.#writeSmall(into, plainFields(record, this.#limits, this.#shape));
    }
  }

  /** Appends a map as it is: its own names and values, within the limits. Never throws. */
  writeMap(map: object, into: ByteWriter): void {
    const start = into.length;
    try {
      this.#walk().map(into, map, this.#maxRecordBytes);
    } catch {
      into.truncate(start);
      this.#writeSmall(into, plainMap(map, this.#limits));
    }
  }

  get #limits() {
    return { maxDepth: this.#maxDepth, maxString: this.#maxRecordBytes };
  }

  #walk(): Walk {
    return new Walk(this.#maxDepth, this.#learnt, this.#shape);
  }

  #writeSmall(into: ByteWriter, fields: Record<string, Plain>): void {
    const { level, logger, message } = this.#shape;
    writePlain(into, shrink(fields, this.#maxRecordBytes, messagePackSizes, new Set([level, logger, message])));
  }
}
