import { Duplex } from 'node:stream';

/** Called with an error if what was written cannot be sent any more. */
type Done = (error?: Error | null) => void;

/** What one end of a connection in memory tells the network. */
export interface MemoryWire {
  /** `bytes` are to be sent; `done` says that there is room for more. */
  send(bytes: Buffer, done: Done): void;
  /** Nothing more is sent: FIN behind what was sent before. */
  end(): void;
  /** The reader wants more. */
  read(): void;
  /** The end is closed, by a reset or in peace. */
  close(isReset: boolean): void;
}

/** One end of a connection in memory: what a `net.Socket` is for the code under test. */
export class MemoryStream extends Duplex {
  readonly #wire: MemoryWire;
  #isReset = false;

  constructor(wire: MemoryWire, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#wire = wire;
  }

  /** As `net.Socket`'s: the peer gets ECONNRESET at once, and what was on its way is lost. */
  resetAndDestroy(): this {
    this.#isReset = true;
    return this.destroy();
  }

  /** The peer has reset the connection. */
  breakOff(code: string): void {
    this.#isReset = true;
    this.destroy(networkError(code, 'read'));
  }

  override _write(bytes: Buffer, _encoding: string, done: Done): void {
    this.#wire.send(bytes, done);
  }

  override _final(done: Done): void {
    this.#wire.end();
    done();
  }

  override _read(): void {
    this.#wire.read();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#wire.close(this.#isReset);
    done(error);
  }
}

/** An error as Node's sockets make it. */
export function networkError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
