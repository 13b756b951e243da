import { expect } from 'chai';
import { LogLevel } from '../../../lib/core/level.js';
import { LineEncoder } from '../../../lib/targets/console/line-encoder.js';
import { type Output, OutputClosed, type Piece } from '../../../lib/targets/console/output.js';
import { ConsoleTransport } from '../../../lib/targets/console/transport.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { type WireBatch, WirePacker } from '../../../lib/wire/batch.js';

/** Keeps what is written; fails as it is told. */
class MemoryOutput implements Output {
  text = '';
  error: Error | undefined;
  /** How many bytes it takes before it fails. */
  room = 0;

  async write(piece: Piece): Promise<void> {
    this.writeSync(piece);
  }

  writeSync(piece: Piece): boolean {
    const end = this.error === undefined ? piece.bytes.length : piece.written + this.room;
    this.text += Buffer.from(piece.bytes.subarray(piece.written, end)).toString();
    piece.written = Math.min(end, piece.bytes.length);
    if (this.error !== undefined) throw this.error;
    return true;
  }

  writeNow(piece: Piece): boolean {
    this.writeSync(piece);
    return piece.written === piece.bytes.length;
  }

  hurry(): void {
    this.text += '(hurry)';
  }

  close(): void {
    this.text += '(closed)';
  }
}

function setup() {
  const [stdout, stderr] = [new MemoryOutput(), new MemoryOutput()];
  return { stdout, stderr, transport: new ConsoleTransport({ stdout, stderr, stderrLevel: LogLevel.ERROR }) };
}

/** A batch of lines; those in capitals are errors. */
function batchOf(...lines: string[]): WireBatch {
  const packer = new WirePacker(new LineEncoder(record => record.render()));
  for (const message of lines) {
    const level = message === message.toUpperCase() ? LogLevel.ERROR : LogLevel.INFORMATION;
    packer.add(someRecord({ message, level }));
  }
  return packer.cut(packer.size);
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error
  );
}

describe('ConsoleTransport', () => {
  it('goes on in the next attempt where the last one stopped', async () => {
    const { stdout, stderr, transport } = setup();
    const batch = batchOf('one', 'TWO', 'three');
    Object.assign(stdout, { error: new Error('no space'), room: 2 });
    expect(await failure(transport.send(batch))).to.equal(stdout.error);
    stdout.error = undefined;
    await transport.send(batch);
    expect(stdout.text).to.equal('one\nthree\n');
    expect(stderr.text).to.equal('TWO\n');
  });

  it('writes at once what can be written, and goes on from there in the usual way', async () => {
    const { stdout, stderr, transport } = setup();
    expect(transport.sendNow(batchOf('one', 'TWO'))).to.equal(true);
    expect([stdout.text, stderr.text]).to.deep.equal(['one\n', 'TWO\n']);
    const batch = batchOf('three', 'FOUR');
    stderr.writeNow = () => false;
    expect(transport.sendNow(batch)).to.equal(false);
    await transport.send(batch);
    expect([stdout.text, stderr.text]).to.deep.equal(['one\nthree\n', 'TWO\nFOUR\n']);
  });

  it('writes nothing at once to a stream with a buffer of its own', () => {
    const stdout: Output = { write: () => Promise.resolve(), writeSync: () => true, hurry: () => {}, close: () => {} };
    const transport = new ConsoleTransport({ stdout, stderr: stdout, stderrLevel: LogLevel.ERROR });
    expect(transport.sendNow(batchOf('one'))).to.equal(false);
  });

  it('goes on at the end of the process where it stopped', async () => {
    const { stdout, transport } = setup();
    const batch = batchOf('one', 'two');
    Object.assign(stdout, { error: new Error('no space'), room: 2 });
    await failure(transport.send(batch));
    stdout.error = undefined;
    expect(transport.sendSync(batch)).to.equal(true);
    expect(stdout.text).to.equal('one\ntwo\n');
  });

  it('writes nothing twice if the process ends before the queue knows that a batch has gone', async () => {
    const { stdout, transport } = setup();
    const batch = batchOf('one');
    await transport.send(batch);
    expect(transport.sendSync(batch)).to.equal(true);
    expect(stdout.text).to.equal('one\n');
  });

  it('writes what can be written when nobody reads the rest', async () => {
    const { stdout, stderr, transport } = setup();
    stdout.error = new OutputClosed('closed');
    expect(await failure(transport.send(batchOf('one', 'TWO', 'three', 'FOUR')))).to.equal(stdout.error);
    expect(stderr.text).to.equal('TWO\nFOUR\n');
  });

  it('says at the end of the process whether lines are lost, or unwanted', () => {
    const { stdout, stderr, transport } = setup();
    stdout.error = new OutputClosed('closed');
    expect(transport.sendSync(batchOf('one'))).to.equal('unwanted');
    stderr.error = new Error('no space');
    expect(transport.sendSync(batchOf('one', 'TWO'))).to.equal(false);
    expect(transport.sendSync(batchOf('TWO', 'one'))).to.equal(false);
    stdout.error = undefined;
    expect(transport.sendSync(batchOf('one'))).to.equal(true);
  });

  it('lets its outputs hurry', () => {
    const { stdout, stderr, transport } = setup();
    transport.hurry();
    expect([stdout.text, stderr.text]).to.deep.equal(['(hurry)', '(hurry)']);
  });

  it('closes its outputs', () => {
    const { stdout, stderr, transport } = setup();
    transport.close();
    expect([stdout.text, stderr.text]).to.deep.equal(['(closed)', '(closed)']);
  });
});
