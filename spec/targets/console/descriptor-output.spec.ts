import { expect } from 'chai';
import { DescriptorOutput } from '../../../lib/targets/console/descriptor-output.js';
import { OutputClosed, type Piece } from '../../../lib/targets/console/output.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { Capture } from '../../support/capture.js';

const never = new AbortController().signal;

/** A pipe that takes `room` bytes before it is full. */
class Pipe {
  text = '';
  room = Number.POSITIVE_INFINITY;
  attempts = 0;
  /** What the next attempts fail with. */
  readonly failures: string[] = [];

  slept = 0;

  readonly sleep = (delay: number): void => {
    this.slept += delay;
  };

  readonly writeSync = (_descriptor: number, bytes: Uint8Array, offset: number, length: number): number => {
    this.attempts++;
    const failure = this.failures.shift() ?? (this.room === 0 ? 'EAGAIN' : undefined);
    if (failure !== undefined) throw Object.assign(new Error(`${failure}: write`), { code: failure });
    const count = Math.min(this.room, length);
    this.text += Buffer.from(bytes).toString('utf8', offset, offset + count);
    this.room -= count;
    return count;
  };
}

function setup() {
  const pipe = new Pipe();
  const clock = new FakeClock();
  const stream = new Capture();
  const output = new DescriptorOutput(stream, 1, clock, pipe);
  const piece = (text: string): Piece => ({ output, bytes: Buffer.from(text), written: 0 });
  return { pipe, clock, stream, output, piece };
}

/** What became of a promise so far. */
function outcome(promise: Promise<unknown>): { readonly state: string; readonly error: unknown } {
  const result = { state: 'pending', error: undefined as unknown };
  promise.then(
    () => {
      result.state = 'resolved';
    },
    (error: unknown) => {
      Object.assign(result, { state: 'rejected', error });
    }
  );
  return result;
}

describe('DescriptorOutput', () => {
  it('writes a piece at once if there is room', async () => {
    const { pipe, output, piece } = setup();
    await output.write(piece('one\n'), never);
    expect(pipe).to.include({ text: 'one\n', attempts: 1 });
  });

  it('goes on where a full pipe has stopped it, ever more slowly', async () => {
    const { pipe, clock, output, piece } = setup();
    pipe.room = 2;
    const written = outcome(output.write(piece('one\n'), never));
    await clock.advance(200);
    expect(pipe.text).to.equal('on');
    expect(pipe.attempts).to.be.within(8, 13);
    pipe.room = 1;
    await clock.advance(64);
    expect(pipe.text).to.equal('one');
    expect(written.state).to.equal('pending');
    pipe.room = 100;
    await clock.advance(64);
    expect(pipe.text).to.equal('one\n');
    expect(written.state).to.equal('resolved');
    expect(clock.timers).to.equal(0);
  });

  it('writes on the stack of a log call what the pipe has room for, and tells whether that was all', async () => {
    const { pipe, stream, output, piece } = setup();
    pipe.room = 6;
    expect(output.writeNow(piece('one\n'))).to.equal(true);
    const two = piece('two\n');
    expect(output.writeNow(two)).to.equal(false);
    pipe.room = 100;
    expect(output.writeNow(piece('three\n')), 'cuts into no other line').to.equal(false);
    expect(output.writeNow(two)).to.equal(true);
    expect(pipe.text).to.equal('one\ntwo\n');
    stream.cork();
    stream.write('of the stream');
    expect(output.writeNow(piece('four\n')), 'overtakes nothing in the buffer of the stream').to.equal(false);
  });

  it('tries again at once when it is told to hurry', async () => {
    const { pipe, clock, output, piece } = setup();
    output.hurry();
    pipe.room = 2;
    const written = outcome(output.write(piece('one\n'), never));
    await clock.settle();
    pipe.room = 1;
    output.hurry();
    output.hurry();
    await clock.settle();
    expect(pipe.text).to.equal('one');
    pipe.room = 100;
    output.hurry();
    await clock.settle();
    expect(written.state).to.equal('resolved');
    expect(clock.timers).to.equal(0);
  });

  it('waits until the own buffer of the stream is empty', async () => {
    const { pipe, clock, stream, output, piece } = setup();
    stream.held = true;
    stream.write('console.log\n');
    void output.write(piece('one\n'), never);
    await clock.advance(100);
    expect(pipe.attempts).to.equal(0);
    stream.release();
    await clock.advance(100);
    expect(pipe.text).to.equal('one\n');
  });

  it('stops when the signal is aborted', async () => {
    const { pipe, clock, output, piece } = setup();
    pipe.room = 0;
    const abort = new AbortController();
    const written = outcome(output.write(piece('one\n'), abort.signal));
    await clock.advance(10);
    abort.abort(new Error('out of time'));
    await clock.advance(0);
    expect(written).to.deep.include({ state: 'rejected', error: abort.signal.reason });
    expect(clock.timers).to.equal(0);
  });

  for (const code of ['EPIPE', 'EOF', 'ECONNRESET']) {
    it(`is closed after ${code}`, async () => {
      const { pipe, clock, output, piece } = setup();
      pipe.failures.push(code);
      const written = outcome(output.write(piece('one\n'), never));
      await clock.settle();
      expect(written.error).to.be.instanceOf(OutputClosed);
    });
  }

  it('is closed if the stream has been destroyed', async () => {
    const { clock, stream, output, piece } = setup();
    stream.destroy();
    const written = outcome(output.write(piece('one\n'), never));
    await clock.settle();
    expect(written.error).to.be.instanceOf(OutputClosed);
  });

  it('rejects with other errors, and then goes on where it stopped', async () => {
    const { pipe, clock, output, piece } = setup();
    const one = piece('one\n');
    pipe.room = 2;
    const first = outcome(output.write(one, never));
    await clock.advance(0);
    pipe.failures.push('ENOSPC');
    await clock.advance(50);
    expect(first.error).to.have.property('code', 'ENOSPC');
    pipe.room = 100;
    await output.write(one, never);
    expect(pipe.text).to.equal('one\n');
  });

  it('does not write into the line of another target with the same stream', async () => {
    const { pipe, clock, stream, output, piece } = setup();
    const other = new DescriptorOutput(stream, 1, clock, pipe);
    pipe.room = 2;
    void output.write(piece('one\n'), never);
    const second = outcome(other.write(piece('two\n'), never));
    pipe.room = 100;
    expect(pipe.text).to.equal('on');
    await clock.advance(100);
    expect(pipe.text).to.equal('one\ntwo\n');
    expect(second.state).to.equal('resolved');
  });

  it('goes on at the end of the process where it stopped', () => {
    const { pipe, output, piece } = setup();
    const one = piece('one\n');
    pipe.room = 2;
    void output.write(one, never);
    pipe.room = 100;
    expect(output.writeSync(one)).to.equal(true);
    expect(pipe.text).to.equal('one\n');
  });

  it('ends a line of another target first, at the end of the process', () => {
    const { pipe, clock, stream, output, piece } = setup();
    const other = new DescriptorOutput(stream, 1, clock, pipe);
    const one = piece('one\n');
    pipe.room = 2;
    void output.write(one, never);
    pipe.room = 100;
    expect(other.writeSync(piece('two\n'))).to.equal(true);
    expect(output.writeSync(one)).to.equal(true);
    expect(pipe.text).to.equal('one\ntwo\n');
  });

  it('waits for a slow reader at the end of the process', () => {
    const { pipe, output, piece } = setup();
    pipe.failures.push('EAGAIN', 'EAGAIN', 'EAGAIN');
    expect(output.writeSync(piece('one\n'))).to.equal(true);
    expect(pipe).to.include({ text: 'one\n', slept: 1 + 2 + 4 });
  });

  it('waits 2 s once for a reader that is stuck, at the end of the process', () => {
    const { pipe, output, piece } = setup();
    pipe.room = 0;
    expect(output.writeSync(piece('one\n'))).to.equal(false);
    const attempts = pipe.attempts;
    expect(pipe.slept).to.be.within(2000, 2100);
    expect(output.writeSync(piece('two\n'))).to.equal(false);
    expect(pipe.attempts).to.equal(attempts);
  });

  it('is closed when the terminal has gone, but not after EIO of a file', async () => {
    for (const isTTY of [true, false]) {
      const { pipe, clock } = setup();
      const output = new DescriptorOutput(new Capture({ isTTY }), 1, clock, pipe);
      pipe.failures.push('EIO');
      const written = outcome(output.write({ output, bytes: Buffer.from('one\n'), written: 0 }, never));
      await clock.settle();
      expect(written.state).to.equal('rejected');
      expect(written.error instanceof OutputClosed).to.equal(isTTY);
    }
  });

  it('throws what went wrong at the end of the process', () => {
    const { pipe, output, piece } = setup();
    pipe.failures.push('EPIPE', 'ENOSPC');
    expect(() => output.writeSync(piece('one\n'))).to.throw(OutputClosed);
    expect(() => output.writeSync(piece('one\n'))).to.throw('ENOSPC');
  });
});
