import { Censor, failed } from './censor.js';
import { isError, put, read } from './read.js';
import { type LogData, LogRecord } from './record.js';
import type { RedactRules } from './redact.js';
import { nowhere, type Places, SafeCopies } from './safe-copies.js';
import { textOf } from './values.js';

/**
 * The record without its secrets: another one, of copies, so that nothing that its objects become later can show.
 * Never throws: of what cannot be searched nothing is left.
 */
export function redactRecord(rules: RedactRules, record: LogRecord, report: (error: unknown) => void): LogRecord {
  try {
    return new Redaction(rules, report).record(record);
  } catch (error) {
    report(error);
    return LogRecord.revise(record, { message: failed, args: [], data: {}, exception: undefined, text: failed });
  }
}

/**
 * What was thrown before a record was redacted, without its secrets, for `onFailure`. Where the censor is a function, which
 * may be what has failed, a text stands for them. Never throws.
 */
export function redactThrown(rules: RedactRules, thrown: unknown): unknown {
  const censor = typeof rules.censor === 'string' ? rules.censor : failed;
  try {
    return new Redaction({ ...rules, censor }, () => undefined).thrown(thrown);
  } catch {
    return failed; // as with a record, nothing is left of what cannot be searched
  }
}

/** One record, or what was thrown in its place. */
class Redaction {
  readonly #rules: RedactRules;
  readonly #censor: Censor;
  readonly #copies: SafeCopies;

  constructor(rules: RedactRules, report: (error: unknown) => void) {
    this.#rules = rules;
    this.#censor = new Censor(rules, report);
    this.#copies = new SafeCopies(rules, this.#censor);
  }

  /** As the exception of a record. */
  thrown(thrown: unknown): unknown {
    return this.#copies.field(this.#root, 'error', thrown);
  }

  record(record: LogRecord): LogRecord {
    const { patterns } = this.#rules;
    const root = this.#root;
    const { message, exception } = record;
    // The exception first: a field that holds it, too, gets the same copy, by which targets know it.
    const safeException = this.thrown(exception);
    if (typeof exception === 'object' && exception !== null) this.#copies.put(exception, safeException);
    const fields = this.#copies.fields(record.data, root);
    const data = typeof fields === 'string' ? {} : (fields as LogData); // a proxy that does not tell its fields has none
    const args = record.args.map((argument, index) =>
      this.#censor.at(`args.${index}`, () => this.#copies.value(argument, nowhere))
    );
    const template = this.#message(message, exception, safeException);
    const parts = { message: template, args, data, exception: safeException };
    const safe = LogRecord.revise(record, parts);
    return patterns.length === 0 ? safe : this.#searched(safe, parts);
  }

  get #root(): Places {
    const { paths } = this.#rules;
    return paths === undefined ? nowhere : [paths];
  }

  /** An error that is logged without a message lends its own, which may be secret by its place. */
  #message(message: unknown, exception: unknown, safeException: unknown): unknown {
    if (typeof message !== 'string') return this.#censor.at('message', () => this.#copies.value(message, nowhere));
    if (!isError(exception) || read(exception, 'message') !== message) return message;
    return isError(safeException) ? read(safeException, 'message') : safeException;
  }

  /**
   * Patterns may match what rendering puts together: `Bearer {key}`. Then the fields that are in the match, or have it in
   * them, are secret too, and arguments, of which nobody knows where they went, are left out.
   */
  #searched(record: LogRecord, parts: Parts): LogRecord {
    const rendered = record.render();
    const found: string[] = [];
    const text = this.#censor.at('message', () => this.#censor.scrub(rendered, found));
    const isText = rendered === parts.message;
    const message = isText
      ? text
      : typeof parts.message === 'string'
        ? this.#censor.scrub(parts.message)
        : parts.message;
    if (found.length === 0 && message === parts.message) return record;
    return LogRecord.revise(record, { ...parts, message, args: [], data: this.#without(found, parts), text });
  }

  #without(found: readonly string[], { message, data }: Parts): LogData {
    if (typeof message !== 'string') return data;
    const kept: Record<string, unknown> = {};
    for (const key of Object.keys(data)) {
      const value = data[key];
      const shown = message.includes(`{${key}}`) ? textOf(value) : '';
      const isSecret =
        shown !== '' &&
        shown !== this.#rules.censor &&
        found.some(match => match.includes(shown) || shown.includes(match));
      put(kept, key, isSecret ? this.#censor.at(key, () => this.#censor.censored(value)) : value);
    }
    return kept;
  }
}

interface Parts {
  readonly message: unknown;
  readonly args: readonly unknown[];
  readonly data: LogData;
  readonly exception: unknown;
}
