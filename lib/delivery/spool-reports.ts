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
    const sentences = [`${text} (spool.directory: '${directory}')`, remedies.get(code), consequences.get(what)];
    const explained = new Error(sentences.filter(sentence => sentence !== undefined).join('; '), { cause: error });
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

const rights = 'give this process the right to it, or set spool.directory to one of its own';
const elsewhere = 'set spool.directory to one that can be made';
const room = 'make room there, or set spool.maxBytes to less than there is';

/** What can be done, by the system's code of the error. */
const remedies: ReadonlyMap<unknown, string> = new Map([
  ['ENOSPC', room],
  ['EDQUOT', room],
  ['EFBIG', 'raise the limit of the size of a file (ulimit -f)'],
  ['EACCES', rights],
  ['EPERM', rights],
  ['EROFS', 'set spool.directory to one that can be written to'],
  ['ENOENT', elsewhere],
  ['ENOTDIR', elsewhere],
  ['EEXIST', elsewhere],
  ['ELOOP', elsewhere],
  ['ENAMETOOLONG', elsewhere],
  ['EMFILE', 'raise the limit of open files (ulimit -n)'],
  ['ENFILE', 'raise the limit of open files (sysctl fs.file-max)'],
  ['EIO', 'look after the disk']
]);

/** What is so as long as it fails, by what does. */
const consequences: ReadonlyMap<string, string> = new Map([
  ['opening', 'what earlier processes have left is not sent until then'],
  ['writing', 'until then all is as without a spool']
]);
