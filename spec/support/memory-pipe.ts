import type { Clock } from '../../lib/core/clock.js';
import { type MemoryStream, networkError } from './memory-stream.js';
import type { Random } from './random.js';

/** What a pipe asks of its network. */
export interface PipeWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly weather: {
    readonly latency: readonly [number, number];
    readonly maxPieces: number;
    readonly resetChance: number;
    readonly window: number;
  };
  note(what: string): void;
}

/** Something on its way: bytes, the end of them, or a reset. */
interface Piece {
  readonly time: number;
  readonly what: Buffer | 'FIN' | 'RST';
}

/** One direction of a connection: cuts what is written into pieces, and delivers them in order, later. */
export class MemoryPipe {
  readonly #world: PipeWorld;
  readonly #receiver: () => MemoryStream;
  readonly #sender: () => MemoryStream;
  readonly #reset: () => void;
  #pieces: Piece[] = [];
  #bytesOnTheWay = 0;
  /** The writer, if there is no room. */
  #done: ((error?: Error | null) => void) | undefined;
  #timer: unknown;
  /** The reader has enough for now. */
  #isBlocked = false;
  #isSwallowed = false;
  #isEnded = false;

  /** `reset` resets the connection at both ends. */
  constructor(world: PipeWorld, sender: () => MemoryStream, receiver: () => MemoryStream, reset: () => void) {
    this.#world = world;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#reset = reset;
  }

  send(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.#bytesOnTheWay += bytes.length;
    for (const piece of this.#cut(bytes)) this.#post(piece);
    this.#done = done;
    this.#release();
  }

  /** FIN, behind what was sent before. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#post('FIN');
  }

  /** The sender has closed: what it wrote is still delivered. */
  closeSender(isReset: boolean): void {
    if (isReset) {
      this.#pieces = [];
      this.#isEnded = true;
      this.#isBlocked = false; // a reset does not wait for the reader
      this.#post('RST');
    } else this.end();
    this.#done?.(networkError('ECANCELED', 'write'));
    this.#done = undefined;
  }

  /** The receiver has closed: what arrives is answered by a reset, and nothing waits for it to read. */
  closeReceiver(): void {
    this.#isBlocked = false;
    this.#arm();
  }

  /** The reader wants more. */
  resume(): void {
    this.#isBlocked = false;
    this.#deliver();
  }

  /** Delivers nothing any more, and tells nobody. */
  swallow(): void {
    this.#isSwallowed = true;
    this.#pieces = [];
    this.#world.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #cut(bytes: Buffer): Buffer[] {
    const { random, weather } = this.#world;
    const cuts = Array.from({ length: random.int(1, weather.maxPieces) - 1 }, () => random.int(0, bytes.length));
    const ends = [...cuts.sort((a, b) => a - b), bytes.length];
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter(piece => piece.length > 0);
  }

  #post(what: Piece['what']): void {
    if (this.#isSwallowed) return;
    const { clock, random, weather } = this.#world;
    // One that is faster than those before it waits behind them.
    this.#pieces.push({ time: clock.now() + random.int(...weather.latency), what });
    this.#arm();
  }

  #arm(): void {
    const [next] = this.#pieces;
    if (next === undefined || this.#timer !== undefined || this.#isBlocked) return;
    const { clock } = this.#world;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#deliver();
    }, next.time - clock.now());
  }

  #deliver(): void {
    const now = this.#world.clock.now();
    while (!this.#isBlocked) {
      const [next] = this.#pieces;
      if (next === undefined || next.time > now) break;
      this.#pieces.shift();
      this.#arrive(next.what);
    }
    this.#arm();
  }

  #arrive(what: Piece['what']): void {
    const receiver = this.#receiver();
    const { note, random, weather } = this.#world;
    note(typeof what === 'string' ? what : `${what.length}`);
    if (what === 'RST') receiver.breakOff('ECONNRESET');
    else if (what === 'FIN') {
      if (!receiver.destroyed) receiver.push(null);
    } else if (random.chance(weather.resetChance)) this.#reset();
    else if (receiver.destroyed) this.#sender().breakOff('ECONNRESET');
    else {
      this.#bytesOnTheWay -= what.length;
      this.#isBlocked = !receiver.push(what);
      this.#release();
    }
  }

  /** Lets the writer go on if there is room. */
  #release(): void {
    if (this.#bytesOnTheWay > this.#world.weather.window) return;
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }
}
