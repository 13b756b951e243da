import type { Clock } from '../core/clock.js';
import type { LogFailure } from '../core/failures.js';
import { codeOf } from '../spool/errors.js';

/** What reports are made of. */
export interface SpoolReportsParts {
  readonly clock: Clock;
  readonly directory: string;
  readonly target: () => string;
  readonly report: (failure: LogFailure) => void;
}

interface Told {
  readonly code: unknown;
  readonly text: string;
  readonly at: number;
}

/** Milliseconds after which a failure that lasts is told again: a disk stays full for hours, and each attempt fails. */
const reminder = 10 * 60_000;

/** Tells what fails at a spool, where, and what can be done about it. */
export class SpoolReports {
  readonly #parts: SpoolReportsParts;
  /** What was told of each kind of work, and when. */
  readonly #told = new Map<string, Told>();

  constructor(parts: SpoolReportsParts) {
    this.#parts = parts;
  }

  /** Something failed. If that is for the same reason as the last time, or as other work, it is not told again at once. */
  tell(what: string, error: unknown): void {
    const { directory, target, report } = this.#parts;
    const code = codeOf(error);
    const text = error instanceof Error ? error.message : String(error);
    if (this.#isKnown(what, code, text)) return;
    this.#told.set(what, { code, text, at: this.#parts.clock.now() });
    const remedy = Object.hasOwn(remedies, String(code)) ? `; ${remedies[String(code)]}` : '';
    const explained = new Error(`${text} (spool.directory: '${directory}')${remedy}`, { cause: error });
    report({ kind: 'error', target: target(), what: `spool: ${what}`, error: Object.assign(explained, { code }) });
  }

  #isKnown(what: string, code: unknown, text: string): boolean {
    const now = this.#parts.clock.now();
    for (const [of, told] of this.#told) {
      const isRecent = now >= told.at && now - told.at < reminder;
      const isSame = told.text === text || (of === what && code !== undefined && told.code === code);
      if (isRecent && isSame) return true;
    }
    return false;
  }

  /** It has worked: if it fails again, that is told. */
  worked(what: string): void {
    this.#told.delete(what);
  }
}

const elsewhere = 'set spool.directory to one that this process can write to; until then all is as without a spool';
const room = 'make room there, or set spool.maxBytes to less than there is; until then all is as without a spool';
const handles = 'raise the limit of open files (ulimit -n)';

/** By the system's code of the error. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: room,
  EDQUOT: room,
  EFBIG: 'raise the limit of the size of a file (ulimit -f); until then all is as without a spool',
  EROFS: elsewhere,
  EACCES: elsewhere,
  EPERM: elsewhere,
  ENOENT: elsewhere,
  ENOTDIR: elsewhere,
  EEXIST: elsewhere,
  ELOOP: elsewhere,
  ENAMETOOLONG: elsewhere,
  EMFILE: handles,
  ENFILE: handles,
  EIO: 'look after the disk; until then all is as without a spool'
};
