import {
  type Checked,
  checkOptions,
  integer,
  integerOrInfinity,
  oneOf,
  options,
  type Rule,
  text,
  withMethods
} from '../core/check.js';
import type { SpoolSync } from '../spool/spool.js';
import type { SpoolStore } from '../spool/store.js';

/** How a target keeps on disk what it cannot deliver. */
export interface SpoolOptions {
  /**
   * The directory, made when it is needed. Targets and processes may share one: each has a part of its own, and what a
   * dead process has left is taken up by a target of the same name.
   */
  readonly directory: string;
  /**
   * When records are written. Default: `outage`.
   *
   * - `outage`: when they cannot be sent: the target is down (`stats().circuit`; then after `flushInterval` at the latest),
   *   half of `maxQueued` or `maxQueuedBytes` waits (a log call's promise then resolves when the disk has made room),
   *   `dispose` has no more time, or the process exits. Costs nothing as long as all is well; a `kill -9` loses what is in
   *   memory.
   * - `always`: at once, before they are sent. A log call's promise resolves when its record is on disk; it never rejects:
   *   if the disk fails, that is reported, and the record is kept in memory as without a spool.
   */
  readonly mode?: 'outage' | 'always';
  /**
   * Bytes on disk at most. From 80 % on, records below WARNING are refused; when it is full, the lowest level and of that
   * the oldest makes room, except for what is on its way (reason `queue full`). Default: 1 GiB.
   */
  readonly maxBytes?: number;
  /** Milliseconds after which a record on disk is given up, counted from its log call (reason `too old`). Default: Infinity. */
  readonly maxAge?: number;
  /**
   * When what is written is safe from a power cut too; from the end of the process it is in any case. `batch`: when a log
   * call's promise resolves in the mode `always`, or a batch has been written down; `interval`: once a second; `never`: when
   * the operating system thinks fit. Default: `batch`.
   */
  readonly fsync?: SpoolSync;
  /** Default: the machine's disk. */
  readonly store?: SpoolStore;
}

const rules = {
  directory: { ...(text() as Rule<string>), isRequired: true },
  mode: oneOf(['outage', 'always'], 'outage'),
  maxBytes: integer(1024 * 1024, 1024 * 1024 * 1024),
  maxAge: integerOrInfinity(1, Number.POSITIVE_INFINITY),
  fsync: oneOf(['batch', 'interval', 'never'], 'batch'),
  store: withMethods<SpoolStore>('a SpoolStore', 'mkdir', 'list', 'open', 'rename', 'unlink', 'createSync')
};

/** The option `spool`. What is in it is checked by `checkSpool`. */
export const spoolRule = options<SpoolOptions>('an object of options with the directory of a spool', rules);

export function checkSpool(owner: string, spool: SpoolOptions): Checked<typeof rules> {
  return checkOptions(`${owner}: spool`, rules, spool);
}
