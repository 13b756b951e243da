import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { type FluentdOptions, FluentdTarget } from '../../../lib/targets/fluentd/target.js';
import { FluentdServer } from '../../../lib/testing/fluentd-server.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { dialTcp } from '../../../lib/wire/dial.js';
import { takeMemory } from '../../../lib/wire/memory.js';
import { takeFreeMemory } from '../../support/free-memory.js';

type Read = (chunk: Buffer) => Buffer | Promise<Buffer>;

/** A stream as a user might make it: what is written goes through `read` to a socket. */
class Tunnel extends Duplex {
  readonly #socket: Socket;
  readonly #read: Read;

  constructor(socket: Socket, read: Read) {
    super();
    this.#socket = socket;
    this.#read = read;
    socket.on('data', chunk => this.push(chunk)).on('error', error => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: string, callback: (error?: Error | null) => void): void {
    Promise.resolve(chunk)
      .then(this.#read)
      .then(bytes => this.#socket.write(bytes, callback), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}

describe('FluentdTarget, whose dial opens streams of the user', () => {
  let server: FluentdServer;
  let target: FluentdTarget;

  const through = (read: Read) => async (signal: AbortSignal) =>
    new Tunnel((await dialTcp('127.0.0.1', server.port)(signal)) as Socket, read);

  const start = (options: Partial<FluentdOptions>) => {
    target = new FluentdTarget({
      tag: 'shop',
      maxSize: 1,
      maxBytes: 300_000,
      retryDelay: 1,
      fallbackTarget: new MemoryTarget(),
      onFailure: () => undefined,
      ...options
    });
  };

  /** Sends batches of one record each, of which the last have four before them. */
  const send = async (letters: string) => {
    for (const letter of letters) void target.log(someRecord({ message: letter.repeat(290_000) }));
    await target.flush();
  };

  beforeEach(async () => {
    takeFreeMemory();
    server = await FluentdServer.start();
  });

  afterEach(async () => {
    await target.dispose({ timeout: 0 });
    await server.close();
  });

  it('gives them memory that every API reads, those that refuse what can be resized, too', async () => {
    start({ dial: through(async chunk => Buffer.from(await new Response(chunk).arrayBuffer())) });
    await send('abcdef');
    expect(target.stats()).to.include({ delivered: 6, retries: 0 });
  });

  it('writes nothing where the bytes of a batch are that they have been given', async () => {
    const given: { readonly chunk: Buffer; readonly copy: Buffer }[] = [];
    const keep = (chunk: Buffer) => {
      given.push({ chunk, copy: Buffer.from(chunk) });
      return chunk;
    };
    start({ dial: through(keep) });
    await send('abcdef');
    await send('ghijkl');
    expect(given.filter(({ copy }) => copy.length > 290_000)).to.have.lengthOf(12);
    expect(given.every(({ chunk, copy }) => chunk.equals(copy))).to.equal(true);
  });

  it('and of no other: those of sockets are used again', async () => {
    start({ port: server.port });
    await send('a');
    expect(target.stats().delivered).to.equal(1);
    expect(takeMemory(0, Number.POSITIVE_INFINITY)).to.have.property('byteLength').that.is.above(290_000);
  });
});
