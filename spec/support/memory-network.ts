import type { Clock } from '../../lib/core/clock.js';
import type { Dial } from '../../lib/wire/dial.js';
import { MemoryPipe } from './memory-pipe.js';
import { MemoryStream, networkError } from './memory-stream.js';
import type { Random } from './random.js';

/** How the network treats what goes through it. Read each time: may be changed while it runs. */
export interface Weather {
  /** Milliseconds that a piece is on its way, at least and at most; pieces of a connection stay in order. */
  latency: readonly [least: number, most: number];
  /** Into how many pieces a write is cut at most. Default: 3. */
  maxPieces: number;
  /** The probability that a piece resets its connection in place of arriving. */
  resetChance: number;
  /** The probability that a dial is refused. */
  refuseChance: number;
  /** The probability that a dial is not answered at all. */
  hangChance: number;
  /** The probability that a connection takes what is written and nothing ever arrives. */
  blackHoleChance: number;
  /** Bytes that may be on their way, in each direction of a connection, before writes wait. */
  window: number;
}

const fair: Weather = {
  latency: [1, 5],
  maxPieces: 3,
  resetChance: 0,
  refuseChance: 0,
  hangChance: 0,
  blackHoleChance: 0,
  window: 64 * 1024
};

type State = 'well' | 'refusing' | 'hanging' | 'black hole';

/**
 * A network in memory: one server, any number of clients, and all that can go wrong between them, by a seeded random
 * and a clock. With the same seed and the same use, the same things happen at the same times: `trace` tells them.
 */
export class MemoryNetwork {
  /** How the network treats what goes through it. */
  readonly weather: Weather;
  /** What has happened, a line each. */
  readonly trace: string[] = [];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #connections = new Set<Connection>();
  #handler: ((stream: MemoryStream) => void) | undefined;
  #state: State = 'well';
  #count = 0;

  constructor(clock: Clock, random: Random, weather: Partial<Weather> = {}) {
    this.#clock = clock;
    this.#random = random;
    this.weather = { ...fair, ...weather };
  }

  /** How many connections are not closed at both ends. */
  get openConnections(): number {
    return this.#connections.size;
  }

  /** Serves: `handler` gets the server's end of each connection. Before the first call, dials are refused. */
  listen(handler: (stream: MemoryStream) => void): void {
    this.#handler = handler;
  }

  /** Opens a connection, as `dialTcp` does. */
  readonly dial: Dial = signal =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const id = ++this.#count;
      const timer = this.#clock.setTimeout(() => answer(), this.#latency());
      const abort = () => {
        this.#clock.clearTimeout(timer);
        this.#note(id, 'dial given up');
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      const answer = () => {
        const outcome = this.#outcome();
        this.#note(id, outcome);
        if (outcome === 'hangs') return;
        signal.removeEventListener('abort', abort);
        if (outcome === 'refused') reject(networkError('ECONNREFUSED', 'connect'));
        else resolve(this.#connect(id));
      };
    });

  /** Refuses dials from now on, and resets the connections there are: the server's process has died. */
  refuse(): void {
    this.#state = 'refusing';
    this.reset();
  }

  /** Leaves dials unanswered from now on. */
  hang(): void {
    this.#state = 'hanging';
  }

  /** Takes what is written, on all connections there are, and delivers nothing any more; leaves dials unanswered. */
  blackHole(): void {
    this.#state = 'black hole';
    for (const connection of this.#connections) connection.swallow();
  }

  /** Takes dials again. What a black hole has swallowed stays there. */
  heal(): void {
    this.#state = 'well';
  }

  /** Leaves nothing to chance from now on. */
  calm(): void {
    Object.assign(this.weather, { resetChance: 0, refuseChance: 0, hangChance: 0, blackHoleChance: 0 });
  }

  /** Resets all connections, at both ends. */
  reset(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  #outcome(): 'connected' | 'refused' | 'hangs' {
    const { hangChance, refuseChance } = this.weather;
    if (this.#state === 'hanging' || this.#state === 'black hole' || this.#random.chance(hangChance)) return 'hangs';
    const isRefused = this.#state === 'refusing' || this.#handler === undefined || this.#random.chance(refuseChance);
    return isRefused ? 'refused' : 'connected';
  }

  #connect(id: number): MemoryStream {
    const connection = new Connection({
      clock: this.#clock,
      random: this.#random,
      weather: this.weather,
      note: what => this.#note(id, what),
      closed: () => this.#connections.delete(connection)
    });
    this.#connections.add(connection);
    if (this.#random.chance(this.weather.blackHoleChance)) connection.swallow();
    this.#handler?.(connection.server);
    return connection.client;
  }

  #latency(): number {
    const [least, most] = this.weather.latency;
    return this.#random.int(least, most);
  }

  #note(connection: number, what: string): void {
    this.trace.push(`${this.#clock.now()} ${connection} ${what}`);
  }
}

/** What a connection knows of its network. */
interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly weather: Weather;
  note(what: string): void;
  closed(): void;
}

/** Two streams and the two pipes between them. */
class Connection {
  readonly client: MemoryStream;
  readonly server: MemoryStream;
  readonly #up: MemoryPipe;
  readonly #down: MemoryPipe;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const reset = () => this.reset();
    const world = (way: string) => ({ ...surroundings, note: (what: string) => surroundings.note(`${way} ${what}`) });
    this.#up = new MemoryPipe(
      world('up'),
      () => this.client,
      () => this.server,
      reset
    );
    this.#down = new MemoryPipe(
      world('down'),
      () => this.server,
      () => this.client,
      reset
    );
    this.client = this.#stream(this.#up, this.#down, () => this.server, false);
    this.server = this.#stream(this.#down, this.#up, () => this.client, true);
  }

  /** Resets both ends; what has arrived and was not read is lost as well. */
  reset(): void {
    this.#surroundings.note('reset');
    this.client.breakOff('ECONNRESET');
    this.server.breakOff('ECONNRESET');
  }

  /** Delivers nothing any more, and tells nobody. */
  swallow(): void {
    this.#surroundings.note('swallowed');
    this.#up.swallow();
    this.#down.swallow();
  }

  #close(): void {
    this.#up.swallow();
    this.#down.swallow();
    this.#surroundings.closed();
  }

  #stream(out: MemoryPipe, back: MemoryPipe, peer: () => MemoryStream, allowHalfOpen: boolean): MemoryStream {
    const close = (isReset: boolean) => {
      out.closeSender(isReset);
      back.closeReceiver();
      if (peer().destroyed) this.#close();
    };
    return new MemoryStream(
      { send: (bytes, done) => out.send(bytes, done), end: () => out.end(), read: () => back.resume(), close },
      allowHalfOpen
    );
  }
}
