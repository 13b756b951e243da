import { Logger, type LoggerContext } from './logger.js';
import { LevelRoutes } from './routes.js';

/**
 * The loggers of a factory by their names. Those that nobody else holds are forgotten, so that names made at run time do
 * not fill the memory.
 */
export class Loggers {
  readonly #context: LoggerContext;
  readonly #update: (levels: LevelRoutes, name: string) => void;
  readonly #loggers = new Map<string, WeakRef<Logger>>();
  readonly #levels = new WeakMap<Logger, LevelRoutes>();
  readonly #forgotten = new FinalizationRegistry<string>(name => {
    if (this.#loggers.get(name)?.deref() === undefined) this.#loggers.delete(name);
  });

  /** `update` gives a logger of some name the routes that it has now. */
  constructor(context: LoggerContext, update: (levels: LevelRoutes, name: string) => void) {
    this.#context = context;
    this.#update = update;
  }

  /** How many names there are, those of loggers that nobody holds any more among them until the memory is swept. */
  get size(): number {
    return this.#loggers.size;
  }

  /** The logger of this name: the same for as long as anybody has it. */
  get(name: string): Logger {
    const known = this.#loggers.get(name)?.deref();
    if (known !== undefined) return known;
    const levels = new LevelRoutes();
    this.#update(levels, name);
    const logger = new Logger(name, levels, this.#context);
    this.#levels.set(logger, levels);
    this.#loggers.set(name, new WeakRef(logger));
    this.#forgotten.register(logger, name);
    return logger;
  }

  /** Gives all of them the routes that they have now. */
  updateAll(): void {
    for (const [name, reference] of this.#loggers) {
      const logger = reference.deref();
      const levels = logger === undefined ? undefined : this.#levels.get(logger);
      if (levels !== undefined) this.#update(levels, name);
    }
  }
}
