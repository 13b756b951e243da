import type { Duplex } from 'node:stream';
import type { Dial } from '../../lib/wire/dial.js';
import { networkError } from './memory-stream.js';

/** Which operations fail: the n-th, from 1, or that and all that come after it. */
export interface Fault {
  readonly at: number;
  readonly forEver: boolean;
}

/** A dial of which one operation fails, or all from one on: opening a connection, a write, something that arrives. */
export class FailingDial {
  readonly #dial: Dial;
  readonly #fault: Fault;
  /** Called at each operation, before it is done. */
  onOperation: () => void = () => undefined;
  #operations = 0;

  constructor(dial: Dial, fault: Fault = { at: Number.POSITIVE_INFINITY, forEver: false }) {
    this.#dial = dial;
    this.#fault = fault;
  }

  /** Whether an operation has failed. */
  get hasFailed(): boolean {
    return this.#operations >= this.#fault.at;
  }

  readonly dial: Dial = async signal => {
    if (this.#fails()) throw networkError('ECONNREFUSED', 'connect');
    const stream = await this.#dial(signal);
    this.#watch(stream);
    return stream;
  };

  #watch(stream: Duplex): void {
    const write = stream._write.bind(stream);
    stream._write = (chunk, encoding, done) => {
      if (this.#fails()) done(networkError('EPIPE', 'write'));
      else write(chunk, encoding, done);
    };
    const writev = stream._writev?.bind(stream);
    if (writev !== undefined) {
      stream._writev = (chunks, done) => {
        if (this.#fails()) done(networkError('EPIPE', 'write'));
        else writev(chunks, done);
      };
    }
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null || !this.#fails()) return push(chunk, encoding);
      stream.destroy(networkError('ECONNRESET', 'read'));
      return false;
    };
  }

  #fails(): boolean {
    this.#operations++;
    this.onOperation();
    return this.#fault.forEver ? this.#operations >= this.#fault.at : this.#operations === this.#fault.at;
  }
}
