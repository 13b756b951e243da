import type { LogRecord } from '../core/record.js';
import type { ByteWriter } from './bytes.js';
import { JsonHeads } from './json-heads.js';
import { JsonTemplates } from './json-templates.js';
import { JsonWalk, writeKey } from './json-walk.js';
import { Keys } from './keys.js';

/** What a line of JSON is made of, apart from its time. */
export interface LineForm {
  /** What it begins with, up to the time. */
  readonly beforeTime: string;
  /** What stands behind the time, from `"` to a comma; depends on the record's level and the logger's name only. */
  afterTime(record: LogRecord): string;
  /** Under which name the template stands, where rendering has changed the message. */
  readonly templateName: string;
  /** What stands before that name, if it does not come right behind the message; it need not be closed. Default: nothing. */
  readonly beforeTemplate?: string;
  /** Appends all else, with a comma behind each pair. */
  write(walk: JsonWalk, record: LogRecord, into: ByteWriter): void;
  /** Which names of fields can be written as they are. */
  isTidy(name: string): boolean;
}

/** Writes records as lines of JSON, straight from what was logged. What cannot be written so has to be made a tree of. */
export class JsonRecords {
  readonly #form: LineForm;
  readonly #heads: JsonHeads;
  readonly #keys = new Keys(writeKey);
  readonly #templates: JsonTemplates;
  readonly #maxDepth: number;
  readonly #maxRecordBytes: number;
  /** One walk for all records. While it is in use, a getter that logs finds it taken and gets a new one. */
  #idle: JsonWalk | undefined;
  /** How many records in a row have not been written. */
  #failed = 0;

  constructor(form: LineForm, maxDepth: number, maxRecordBytes: number) {
    this.#form = form;
    this.#heads = new JsonHeads(form);
    this.#templates = new JsonTemplates(form);
    this.#maxDepth = maxDepth;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /**
   * Appends a record. Returns false, and leaves the bytes as they were, if it takes more than `maxRecordBytes` or has a name
   * that is not tidy, or if something took even the guarded reads by surprise.
   */
  write(record: LogRecord, into: ByteWriter): boolean {
    if (this.#failed >= patience && this.#failed++ % patience !== 0) return false;
    const start = into.length;
    const walk = this.#idle ?? new JsonWalk(this.#maxDepth, this.#form, this.#keys, this.#templates);
    this.#idle = undefined;
    try {
      walk.begin(into, this.#maxRecordBytes);
      this.#heads.write(into, record);
      this.#form.write(walk, record, into);
      walk.end(into);
      this.#idle = walk;
      this.#failed = 0;
      return true;
    } catch {
      this.#failed++;
      into.truncate(start); // the walk's state is unknown, and it goes
      return false;
    }
  }
}

/**
 * After so many failures in a row only one record in so many is tried: a program whose names all have dots, where these are
 * not tidy, does not pay for both ways.
 */
const patience = 16;
