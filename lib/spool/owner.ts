import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { codeOf, isFull, isPassing } from './errors.js';
import { join } from './names.js';
import type { ProcessFacts, SpoolStore } from './store.js';

/** What an owner works with. */
export interface OwnerParts {
  readonly store: SpoolStore;
  readonly clock: Clock;
  /** The directory of one target: owners, and logs that bear their names. */
  readonly directory: string;
}

/** Milliseconds between two signs of life. */
export const heartbeat = 5000;

/** Milliseconds without a sign of life after which an owner of whom nothing else can be known is dead. */
export const staleAfter = 4 * heartbeat;

/**
 * One of those who share a target's directory. It has a file `<token>.owner` there, with what is known of its process, and
 * a beacon. A log belongs to the owner whose token its name ends with, and changes hands by being renamed: that succeeds
 * for one only. So no lock can be left behind, or be taken by two.
 */
export class Owner {
  readonly token: string;
  readonly #parts: OwnerParts;
  /** Since when owners, of whom nothing else is known, have not given a sign of life. */
  readonly #silent: Silences = new Map();
  #isRefusing = false;
  /** The latest time in the names of logs that were seen here. */
  #latest = 0;
  #entry: Promise<void> | undefined;
  /** There is something of it in the directory, or may be. */
  #isKnown = false;
  /** When the last sign of life was given. */
  #lastSign = 0;
  /** Its file says who it is. */
  #isIntroduced = false;
  #darken: (() => Promise<void>) | undefined;

  constructor(parts: OwnerParts, token = randomBytes(8).toString('hex')) {
    this.#parts = parts;
    this.token = token;
  }

  /** Whether it pays to look again: an owner may die whose death is not known yet, or a log was refused. */
  get isWatching(): boolean {
    return this.#silent.size > 0 || this.#isRefusing;
  }

  /** Whether others may have taken it for dead: it has given no sign of life for so long, or its clock was changed. */
  get isOverdue(): boolean {
    const silence = this.#parts.clock.now() - this.#lastSign;
    return this.#entry !== undefined && !(silence >= 0 && silence < staleAfter / 2);
  }

  /** Whether its file says who it is, so that others know that its logs are not for them. */
  get isIntroduced(): boolean {
    return this.#isIntroduced;
  }

  get #path(): string {
    return join(this.#parts.directory, `${this.token}.owner`);
  }

  /**
   * Makes the directory and the owner's file, once. Rejects if that cannot be done; then it may be called again. On a full
   * disk the file says nothing, and others know of this owner by its signs of life only.
   */
  enter(): Promise<void> {
    this.#entry ??= this.#enter()
      .catch(error => {
        if (codeOf(error) !== 'ENOENT') throw error;
        return this.#enter(); // one who left has removed the directory as soon as it was made
      })
      .catch(error => {
        this.#entry = undefined;
        throw error;
      });
    return this.#entry;
  }

  /**
   * Enters, for one who is to write. Rejects if there is no room for the owner's file to say who it is: what it wrote would
   * not be taken up at once when it dies.
   */
  async settle(): Promise<void> {
    await this.enter();
    if (!this.#isIntroduced) await this.#introduce();
  }

  /** A sign of life. Rejects with `ENOENT` if somebody has taken this owner for dead. */
  async beat(): Promise<void> {
    if (this.#entry === undefined) return;
    const { store, clock } = this.#parts;
    const now = clock.now();
    await store.touch(this.#path);
    this.#lastSign = now;
    if (!this.#isIntroduced) await this.#introduce().catch(ignore); // the disk is still full
  }

  /** The name of a new log: in order behind those that were seen, even if the clock was put back. */
  logName(): string {
    const time = Math.max(this.#parts.clock.now(), this.#latest + 1);
    return `${String(time).padStart(13, '0')}-${randomBytes(4).toString('hex')}-${this.token}`;
  }

  /**
   * Takes over the logs of dead owners, from the oldest up to the first that `mayTake` refuses. Resolves with the directories
   * of all logs that are this owner's, the oldest first.
   */
  async claim(mayTake: (log: string) => Promise<boolean> = async () => true): Promise<string[]> {
    const { store, directory } = this.#parts;
    this.#isRefusing = false;
    await this.enter();
    const names = await store.list(directory);
    const owners = new Set(names.flatMap(name => ownerPattern.exec(name)?.[1] ?? []));
    const logs = names.filter(name => logPattern.test(name)).sort();
    for (const name of logs) owners.add(tokenOf(name));
    this.#noteTimes(logs);
    owners.delete(this.token);
    const dead = new Set<string>();
    for (const token of owners) if (await isDead(this.#parts, token, this.#silent)) dead.add(token);
    const own: string[] = [];
    for (const name of logs) {
      const isOwn = tokenOf(name) === this.token;
      const isLeft = !isOwn && !this.#isRefusing && dead.has(tokenOf(name));
      if (isLeft) this.#isRefusing = !(await mayTake(join(directory, name)));
      if (isOwn || (isLeft && !this.#isRefusing && (await this.#claim(name)))) {
        own.push(join(directory, this.#named(name)));
      }
    }
    for (const token of dead) await this.#bury(token).catch(ignore); // it will be found dead again
    return own;
  }

  /** The name of a log when it is this owner's. */
  #named(log: string): string {
    return log.replace(/[0-9a-f]{16}$/, this.token);
  }

  /** False if another one was quicker. */
  async #claim(log: string): Promise<boolean> {
    const { store, directory } = this.#parts;
    try {
      await store.rename(join(directory, log), join(directory, this.#named(log)));
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Leaves. What logs there are can be claimed by others. Never rejects. */
  async leave(): Promise<void> {
    if (!this.#isKnown) return;
    const { store, directory } = this.#parts;
    this.#entry = undefined;
    // Who finds these files finds their owner dead.
    await this.#darken?.().catch(ignore);
    await this.#bury(this.token).catch(ignore);
    await store.rmdir(directory).catch(ignore); // mostly there are others
  }

  async #enter(): Promise<void> {
    const { store, directory, clock } = this.#parts;
    this.#lastSign = clock.now();
    await store.mkdir(directory);
    this.#isKnown = true;
    const beacon = join(directory, `${this.token}.beacon`);
    this.#darken ??= await store.lightBeacon(beacon).catch(() => undefined); // then there are signs of life
    await store.unlink(this.#path).catch(() => undefined); // of an attempt before this one
    await (await store.open(this.#path, 'create')).close();
    await this.#introduce().catch(error => {
      if (!isFull(error)) throw error; // else what makes room is to send what is there
    });
    await store.syncDirectory(directory);
    this.#noteTimes((await store.list(directory)).filter(name => logPattern.test(name)));
  }

  async #introduce(): Promise<void> {
    const { store } = this.#parts;
    const file = await store.open(this.#path, 'write');
    try {
      await file.write([Buffer.from(`${JSON.stringify(await store.self())}\n`)], 0);
      await file.sync();
      this.#isIntroduced = true;
    } finally {
      await file.close();
    }
  }

  #noteTimes(logs: readonly string[]): void {
    for (const name of logs) this.#latest = Math.max(this.#latest, Number.parseInt(name, 10));
  }

  async #bury(token: string): Promise<void> {
    const { store, directory } = this.#parts;
    this.#silent.delete(token);
    for (const suffix of ['beacon', 'owner']) {
      try {
        await store.unlink(join(directory, `${token}.${suffix}`));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
  }
}

function ignore(): undefined {}

/** A log's directory: when it was made, in milliseconds since the Unix epoch; a random number; whose it is. */
export const logPattern = /^\d{13,15}-[0-9a-f]{8}-[0-9a-f]{16}$/;

/** An owner's file. */
export const ownerPattern = /^([0-9a-f]{16})\.owner$/;

export function tokenOf(logName: string): string {
  return logName.slice(-16);
}

/** What was seen of owners who give no sign of life: the last one, since when, and how often it was looked for in vain. */
type Silences = Map<string, { readonly touched: number; readonly since: number; looks: number }>;

/** How often is looked for a sign of life at least: a clock may be put forward. */
const leastLooks = staleAfter / heartbeat;

/** Whether an owner is dead, as far as can be known; `silent` is what was seen of it before. */
export async function isDead(
  { store, clock, directory }: OwnerParts,
  token: string,
  silent: Silences = new Map()
): Promise<boolean> {
  const path = join(directory, `${token}.owner`);
  try {
    const facts = await readFacts(store, path).catch(error => {
      if (codeOf(error) === 'ENOENT' || isPassing(error)) throw error;
      return undefined; // it is somebody else's, or no file
    });
    const alive = facts && (await store.isAlive(facts, join(directory, `${token}.beacon`)));
    if (alive !== undefined) return !alive;
    const touched = await store.touched(path);
    const before = silent.get(token);
    const isSame = before?.touched === touched && before.since <= clock.now(); // or the clock was put back
    if (isSame) return ++before.looks >= leastLooks && clock.now() - before.since >= staleAfter;
    silent.set(token, { touched, since: clock.now(), looks: 0 });
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true; // it has left, or another one has buried it
    throw error;
  }
}

/** What an owner's file says; undefined if it has not been written to its end. */
export async function readFacts(store: SpoolStore, path: string): Promise<ProcessFacts | undefined> {
  const file = await store.open(path, 'read');
  try {
    const content = Buffer.alloc(Math.min(await file.size(), mostFacts));
    const length = await file.read(content, 0);
    const facts: Partial<ProcessFacts> | null = JSON.parse(content.toString('utf8', 0, length));
    const isRight = Number.isInteger(facts?.pid) && Number.isInteger(facts?.thread) && typeof facts?.host === 'string';
    return isRight ? (facts as ProcessFacts) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

/** Bytes of an owner's file that are read at most. */
const mostFacts = 4096;
