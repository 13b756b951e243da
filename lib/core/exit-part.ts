import { checkExit, type Ending, type ExitOptions } from './exit.js';
import { ExitFile, type LastResort } from './last-resort.js';
import type { Logger } from './logger.js';
import type { Program } from './program.js';
import { isError } from './read.js';

/** A factory, as its part in the end of the process needs it. Nothing rejects. */
export interface ExitPartner {
  getLogger(name: string): Logger;
  flush(deadline: { readonly timeout: number }): Promise<unknown>;
  dispose(deadline: { readonly timeout: number }): Promise<unknown>;
  /** Flushes the targets of whose records the process does not know that they are pending. */
  flushUnknown(timeout: number): Promise<unknown>;
}

/** The part that a factory takes in the end of the process: from `handleExit` until it has been disposed of. */
export class ExitPart {
  /** Keeps what cannot be delivered before the process ends. */
  readonly resort: LastResort;
  readonly #leave: () => void;

  constructor({ end, exitWatch }: Program, factory: ExitPartner, options: ExitOptions) {
    const checked = checkExit(options);
    const { timeout, exitFile } = checked;
    this.resort = new ExitFile(exitFile, end.output);
    const ending: Ending = {
      options: checked,
      log: (origin, error) => {
        const logger = factory.getLogger('process');
        void (isError(error) ? logger.critical(origin, error) : logger.critical(`${origin}: %s`, error));
      },
      flush: time => factory.flush({ timeout: time }),
      dispose: time => factory.dispose({ timeout: time })
    };
    exitWatch.add(ending);
    const forgetIdle = end.flushWhenIdle({ exitTimeout: timeout, flush: () => factory.flushUnknown(timeout) });
    this.#leave = () => {
      exitWatch.remove(ending);
      forgetIdle();
    };
  }

  /** The factory has been disposed of. */
  leave(): void {
    this.#leave();
  }
}
