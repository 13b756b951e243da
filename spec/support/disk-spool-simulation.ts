import { DiskSpool } from '../../lib/spool/disk-spool.js';
import { type SpooledBatch, SpoolFullError, type SpoolLoss, type SpoolSync } from '../../lib/spool/spool.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FakeDisk } from './fake-disk.js';
import type { Random } from './random.js';
import { somePart, textsOf } from './some-part.js';

/** What is known of a record. */
type State =
  | 'coming'
  /** It must be given again. */
  | 'kept'
  /** It may be given again: it was being written, or done with, when the process died, or its append failed. */
  | 'maybe'
  | 'done'
  | 'lost';

interface Model {
  readonly id: string;
  readonly order: number;
  readonly levels: number[];
  readonly states: State[];
  isHeld: boolean;
  /** What it holds has not been appended to its end. */
  isOpen: boolean;
}

const mebibyte = 1024 * 1024;
const faults = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES'] as const;

/** A random life of a spool, with crashes, power cuts and faults of the disk, against a model of what it must hold. */
export class DiskSpoolSimulation {
  readonly #random: Random;
  readonly #disk: FakeDisk;
  readonly #models = new Map<string, Model>();
  /** What every chunk has been given with. */
  readonly #chunks = new Map<string, string>();
  readonly #fsync: SpoolSync;
  readonly #maxBytes: number;
  readonly #wide: boolean;
  readonly #clock = new FakeClock();
  readonly #trace: string[] = [];
  #pending: Promise<void>[] = [];
  #spool: DiskSpool;
  #life = 0;
  #isOpen = false;

  constructor(random: Random) {
    this.#random = random;
    this.#disk = new FakeDisk(() => random.random());
    this.#fsync = random.chance(0.6) ? 'batch' : random.pick(['interval', 'never']);
    this.#maxBytes = random.pick([mebibyte, 16 * mebibyte]);
    this.#say(`fsync ${this.#fsync}`);
    this.#wide = random.chance(0.3);
    this.#spool = this.#start();
  }

  async run(): Promise<readonly string[]> {
    try {
      for (let steps = this.#random.int(20, 120); steps > 0; steps--) await this.#step();
      await this.#end();
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#trace.join('\n')}`, { cause: error });
    }
    return this.#trace;
  }

  #start(): DiskSpool {
    const life = ++this.#life;
    this.#isOpen = false;
    const ifAlive = (what: () => void) => {
      if (life === this.#life) what();
    };
    return new DiskSpool({
      directory: '/spool',
      name: 'shop',
      format: 'json',
      maxBytes: this.#maxBytes,
      maxAge: Number.POSITIVE_INFINITY,
      fsync: this.#fsync,
      clock: this.#clock,
      store: this.#disk.process(),
      listener: {
        onRecovered: count => ifAlive(() => this.#say(`recovered ${count}`)),
        onLoss: loss => ifAlive(() => this.#lost(loss)),
        onDamage: damage => ifAlive(() => this.#damaged(damage.path)),
        onGone: () => ifAlive(() => this.#say('gone')),
        onError: (what, error) => ifAlive(() => this.#say(`${what}: ${error}`))
      }
    });
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const roll = random.random();
    if (roll < 0.4) this.#append(random.chance(0.6));
    else if (roll < 0.5) await this.#take();
    else if (roll < 0.65) this.#finish();
    else if (roll < 0.7) this.#release();
    else if (roll < 0.75) await this.#open();
    else if (roll < 0.8) await this.#clock.advance(random.int(1, 7000));
    else if (roll < 0.83) await this.#crash(random.chance(0.5));
    else if (roll < 0.85) await this.#restart();
    else if (roll < 0.88) this.#fail(random.chance(0.2) ? random.int(3, 20) : 1);
    else await this.#settle();
    const used = this.#disk
      .files()
      .filter(path => path.endsWith('.segment') || path.endsWith('.tmp'))
      .reduce((sum, path) => sum + this.#disk.content(path).length, 0);
    // What is not synced may come back, and then it is too much until the spool is opened.
    if (used > this.#maxBytes && this.#isOpen && this.#life === 1) throw new Error(`${used} bytes are on disk`);
  }

  #append(isNew: boolean): void {
    const random = this.#random;
    const open = [...this.#models.values()].find(model => model.isOpen);
    if (open !== undefined && isNew) open.isOpen = false;
    const isHeld = random.chance(0.5);
    const model = open !== undefined && !isNew ? open : this.#newModel(isHeld);
    const from = model.states.length;
    const count = random.int(1, this.#wide ? 300 : 8);
    const levels = Array.from({ length: count }, () => random.pick([10, 20, 30, 40]));
    model.levels.push(...levels);
    model.states.push(...levels.map((): State => 'coming'));
    this.#write(model, from, random.chance(0.1));
  }

  #newModel(isHeld: boolean): Model {
    const order = this.#models.size;
    const model = { id: `b${order}`, order, levels: [], states: [], isHeld, isOpen: isHeld };
    this.#models.set(model.id, model);
    return model;
  }

  /** Appends what a model has from a number on; now and then what came before it, too. */
  #write(model: Model, from: number, isTried: boolean): void {
    const { id, levels, isHeld } = model;
    const life = this.#life;
    const end = levels.length;
    const start = this.#random.chance(0.1) && model.states.every(state => state !== 'done') ? 0 : from;
    this.#say(`append ${id} ${start}-${end}${isHeld ? ' held' : ''}${isTried ? ' tried' : ''}`);
    const part = this.#part(id, start, levels.slice(start), isTried);
    const appended = this.#spool.append(part, isHeld).then(
      dropped => {
        if (life !== this.#life) return;
        this.#say(`appended ${id} ${start}-${end}${dropped.length > 0 ? ` without ${dropped.length}` : ''}`);
        for (let number = start; number < end; number++) this.#change(model, number, ['coming', 'maybe'], 'kept');
        for (const number of dropped) model.states[number] = 'lost';
      },
      error => {
        if (life !== this.#life) return;
        this.#say(`rejected ${id} ${start}-${end}: ${error}`);
        if (error instanceof SpoolFullError && this.#disk.fault === undefined && !isHeld && !isTried && start === 0) {
          const kept = [...this.#models.values()].filter(other => !other.isHeld && other.states.includes('kept'));
          if (kept.length === 0) throw error;
        }
        for (let number = start; number < end; number++) this.#change(model, number, ['coming'], 'maybe');
        model.isOpen = false;
        if (error instanceof RangeError && !this.#broken.has(id)) throw error;
        this.#broken.add(id);
        // What is on its way must not be said to be done with.
        if (!model.states.includes('coming') && this.#random.chance(0.5))
          this.#spool.done(
            id,
            model.states.flatMap((state, n) => (state === 'maybe' ? [n] : []))
          );
      }
    );
    this.#pending.push(appended);
    void appended.catch(() => undefined); // told when it is waited for
  }

  /** Batches of which an append failed: the next part leaves records out. */
  readonly #broken = new Set<string>();

  #part(id: string, from: number, levels: readonly number[], isTried: boolean) {
    if (!this.#wide) return somePart(id, levels, { from, isTried });
    const texts = levels.map((_, row) => `${id}:${from + row}${' '.repeat(100)}`);
    let end = 0;
    const ends = texts.map(text => {
      end += text.length;
      return end;
    });
    return somePart(id, levels, { from, isTried, payload: Buffer.from(texts.join('')), ends });
  }

  async #take(): Promise<void> {
    if (!this.#isOpen) return;
    let batch: SpooledBatch | undefined;
    const before = [...this.#models.values()].filter(model => !model.isHeld && model.states.includes('kept'));
    try {
      batch = await this.#spool.take();
      if (batch === undefined && before.length > 0) {
        await this.#clock.advance(5000); // what there was no room for has been left until there is
        batch = await this.#spool.take();
      }
    } catch (error) {
      this.#say(`take failed: ${error}`);
      if (this.#disk.fault === undefined) throw error;
      return;
    }
    const expected = before.find(({ states, isHeld }) => !isHeld && states.includes('kept'));
    if (batch === undefined) {
      if (expected !== undefined) throw new Error(`${expected.id} was not given`);
      return;
    }
    this.#say(`took ${batch.id} as ${batch.chunk.slice(0, 4)}: ${Array.from(batch.numbers).join()}`);
    const model = this.#models.get(batch.id);
    if (model === undefined) throw new Error(`${batch.id} was never appended`);
    if (model.isHeld) throw new Error(`${batch.id} is held`);
    if (expected !== undefined && expected.order < model.order)
      throw new Error(`${expected.id} comes before ${model.id}`);
    this.#check(batch, model);
    model.isHeld = true;
  }

  #check(batch: SpooledBatch, model: Model): void {
    const numbers = Array.from(batch.numbers);
    const texts = numbers.map(number => `${batch.id}:${number}`);
    if (textsOf(batch).join() !== texts.join()) throw new Error(`${batch.id} holds ${textsOf(batch).join()}`);
    const levels = numbers.map(number => model.levels[number]);
    if (Array.from(batch.levels).join() !== levels.join()) throw new Error(`${batch.id} has other levels`);
    for (const [number, state] of model.states.entries()) {
      const isThere = numbers.includes(number);
      if (isThere && (state === 'done' || state === 'lost')) throw new Error(`${batch.id}:${number} is ${state}`);
      if (!isThere && state === 'kept') throw new Error(`${batch.id}:${number} is missing`);
    }
    const content = this.#chunks.get(batch.chunk) ?? numbers.join();
    // What was not synced when the power failed is missing then: the same id, and fewer records.
    const isShorter = this.#fsync !== 'batch' && content.startsWith(numbers.join());
    if (content !== numbers.join() && !isShorter) {
      throw new Error(`${batch.chunk} was given with ${content}, now with ${numbers.join()}`);
    }
    this.#chunks.set(batch.chunk, content);
  }

  #finish(): void {
    const held = [...this.#models.values()].filter(
      ({ isHeld, isOpen, states }) => isHeld && !isOpen && !states.includes('coming') && states.includes('kept')
    );
    const [first] = held;
    if (first === undefined) return;
    const model = this.#random.pick([first, ...held]);
    const some = model.states.flatMap((state, number) =>
      state === 'kept' && this.#random.chance(0.5) ? [number] : []
    );
    const isPart = this.#random.chance(0.2);
    this.#say(`done ${model.id}${isPart ? ` ${some.join()}` : ''}`);
    if (isPart) this.#spool.done(model.id, some);
    else this.#spool.done(model.id);
    for (const [number, state] of model.states.entries()) {
      if ((!isPart || some.includes(number)) && state !== 'lost') model.states[number] = 'done';
    }
  }

  #release(): void {
    const model = [...this.#models.values()].find(({ isHeld, isOpen }) => isHeld && !isOpen);
    if (model === undefined || model.states.includes('coming')) return;
    this.#say(`release ${model.id}`);
    this.#spool.release(model.id);
    model.isHeld = false;
  }

  async #open(): Promise<void> {
    try {
      await this.#spool.open();
      this.#say('opened');
      this.#isOpen = true;
    } catch (error) {
      this.#say(`open failed: ${error}`);
      if (this.#disk.fault === undefined) throw error;
    }
  }

  async #settle(): Promise<void> {
    await this.#clock.settle();
    this.#disk.fault = undefined;
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  #fail(times: number): void {
    const from = this.#disk.operations + this.#random.int(0, 10);
    const code = this.#random.pick(faults);
    this.#say(`operations from ${from} fail with ${code}`);
    this.#disk.fault = ({ kind, index, path }) => {
      if (index < from || index >= from + times || isForGood(kind, code) || hidesOwner(kind, path, code))
        return undefined;
      this.#say(`${kind} ${path} fails`);
      return code;
    };
  }

  async #crash(power: boolean): Promise<void> {
    this.#say(power ? 'power cut' : 'crash');
    this.#disk.fault = undefined;
    this.#disk.crash({ power });
    const isWeak = power && this.#fsync !== 'batch';
    this.#forget(state => {
      if (state === 'kept') return isWeak ? 'maybe' : 'kept';
      return state === 'lost' ? 'maybe' : state === 'coming' || state === 'done' ? 'maybe' : state;
    });
  }

  async #restart(): Promise<void> {
    await this.#settle();
    this.#say('restart');
    await this.#spool.close();
    this.#disk.crash({ power: false });
    this.#forget(state => state);
  }

  #forget(state: (state: State) => State): void {
    for (const model of this.#models.values()) {
      for (const [number, known] of model.states.entries()) model.states[number] = state(known);
      model.isHeld = false;
      model.isOpen = false;
    }
    this.#pending = [];
    this.#spool = this.#start();
  }

  async #end(): Promise<void> {
    await this.#settle();
    await this.#crash(this.#random.chance(0.5));
    await this.#open();
    await this.#clock.advance(70_000); // of an owner whose file was torn only its silence can tell
    for (let before = -1; before < this.#trace.length; ) {
      before = this.#trace.length;
      await this.#take();
      const taken = [...this.#models.values()].find(({ isHeld }) => isHeld);
      if (taken === undefined) break;
      this.#spool.done(taken.id);
      for (const number of taken.states.keys()) taken.states[number] = 'done';
      taken.isHeld = false;
    }
    const kept = [...this.#models.values()].find(({ states }) => states.includes('kept'));
    if (kept !== undefined) throw new Error(`${kept.id} was not given in the end`);
    await this.#spool.close();
    const left = this.#disk.files().filter(path => !path.endsWith('.damaged') && !path.endsWith('.beacon'));
    if (left.length > 0) throw new Error(`${left.join()} is left behind`);
  }

  #lost({ id, numbers, reason, levels }: SpoolLoss): void {
    this.#say(`lost ${id} ${reason}: ${numbers.join()}`);
    const model = this.#models.get(id);
    if (model === undefined) throw new Error(`${id} was never appended`);
    if (reason !== 'queue full') throw new Error(`${id} is lost: ${reason}`);
    for (const [index, number] of numbers.entries()) {
      if (levels[index] !== model.levels[number]) throw new Error(`${id}:${number} has another level`);
      this.#change(model, number, ['kept', 'maybe'], 'lost');
    }
  }

  #damaged(path: string): void {
    this.#say(`damaged ${path}`);
    if (this.#fsync === 'batch' && this.#life === 1) throw new Error(`${path} is damaged`);
  }

  #change(model: Model, number: number, from: readonly State[], to: State): void {
    const state = model.states[number];
    if (state !== undefined && from.includes(state)) model.states[number] = to;
  }

  #say(what: string): void {
    this.#trace.push(what);
  }
}

/** An owner that finds no room to say who it is takes up what there is; if it dies then, its silence must be waited for. */
function hidesOwner(kind: string, path: string, code: string): boolean {
  return code === 'ENOSPC' && (kind === 'self' || path.endsWith('.owner'));
}

/** What cannot be read for another reason than that there are too many files open is passed by, and may come out of order. */
function isForGood(kind: string, code: string): boolean {
  return code !== 'EMFILE' && ['open', 'size', 'read', 'close', 'list'].includes(kind);
}
