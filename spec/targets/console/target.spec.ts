import { expect } from 'chai';
import type { LogFailure } from '../../../lib/core/failures.js';
import { LogLevel } from '../../../lib/core/level.js';
import type { LogRecord } from '../../../lib/core/record.js';
import { type ConsoleFormat, type ConsoleOptions, ConsoleTarget } from '../../../lib/targets/console/target.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { Capture } from '../../support/capture.js';

const { DEBUG, INFORMATION, WARNING, ERROR, CRITICAL, NONE } = LogLevel;

const message: ConsoleFormat = record => record.render();

/** A target that writes into memory, messages only unless it is told otherwise. */
function setup(options: ConsoleOptions = {}) {
  const stdout = new Capture();
  const stderr = new Capture();
  const failures: LogFailure[] = [];
  const onFailure = (failure: LogFailure) => failures.push(failure);
  const target = new ConsoleTarget({ format: message, stdout, stderr, onFailure, ...options });
  const log = (text: string, level = INFORMATION) => void target.log(someRecord({ message: text, level }));
  return { stdout, stderr, failures, target, log };
}

/** The end of this turn of the event loop. */
function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}

function closed(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
}

describe('ConsoleTarget', () => {
  it('checks its options', () => {
    const make = (options: object) => () => new ConsoleTarget(options);
    expect(make({ format: 'xml' })).to.throw(RangeError, /format must be 'pretty', 'json', 'logfmt', or a function/);
    expect(make({ format: 1 })).to.throw(TypeError, /format must be/);
    expect(make({ colors: 'yes' })).to.throw(TypeError, /colors must be true or false/);
    expect(make({ stderrLevel: 60 })).to.throw(RangeError, /stderrLevel must be/);
    expect(make({ stdout: {} })).to.throw(TypeError, /stdout must be a Writable/);
    expect(make({ color: true })).to.throw(TypeError, /no option 'color'; did you mean 'colors'/);
  });

  it('writes JSON lines by default where stdout is no terminal', async () => {
    const stdout = new Capture();
    const target = new ConsoleTarget({ stdout });
    void target.log(someRecord({ message: 'order {id} paid', data: { id: 17 } }));
    await target.dispose();
    expect(stdout.lines.map(line => JSON.parse(line) as unknown)).to.deep.equal([
      {
        time: '2023-11-14T22:13:20.123Z',
        level: 'INFORMATION',
        logger: 'Shop',
        message: 'order 17 paid',
        template: 'order {id} paid',
        id: 17
      }
    ]);
  });

  it('writes the pretty form by default where stdout is a terminal', async () => {
    const stdout = new Capture({ isTTY: true });
    const target = new ConsoleTarget({ stdout, colors: false });
    void target.log(someRecord());
    await target.dispose();
    expect(stdout.text).to.match(/^\d\d:\d\d:\d\d\.123 INFO {2}Shop: something happened\n$/);
  });

  it('writes logfmt', async () => {
    const { target, stdout, log } = setup({ format: 'logfmt' });
    log('paid');
    await target.flush();
    expect(stdout.text).to.equal('time=2023-11-14T22:13:20.123Z level=INFORMATION logger=Shop msg=paid\n');
  });

  describe('with a formatter', () => {
    it('writes its text as it is, with one newline at the end', async () => {
      const { target, stdout, log } = setup({
        format: record => `\u001b[31m${record.render()}\nand more\u001b[0m\r\n\n`
      });
      log('one');
      await target.flush();
      expect(stdout.text).to.equal('\u001b[31mone\nand more\u001b[0m\n');
    });

    const faulty: [string, (record: LogRecord) => string][] = [
      [
        'throws',
        () => {
          throw new Error('faulty');
        }
      ],
      ['returns no string', () => 17 as unknown as string],
      ['returns a promise', async () => 'later' as unknown as string] as unknown as [string, () => string]
    ];
    for (const [what, format] of faulty) {
      it(`that ${what}, reports it and writes the pretty form`, async () => {
        const { target, stdout, failures, log } = setup({ format });
        log('one');
        await target.flush();
        expect(stdout.text).to.match(/ INFO {2}Shop: one\n$/);
        expect(failures).to.have.length(1);
        expect(failures[0]).to.include({ kind: 'error', target: 'ConsoleTarget', what: 'format' });
        expect(target.stats()).to.include({ delivered: 1, lost: 0 });
      });
    }

    it('that logs, does not recurse', async () => {
      const { target, stdout, log } = setup({
        format: record => {
          log('inside');
          return record.render();
        }
      });
      log('one');
      await target.flush();
      const [told, ...others] = stdout.lines;
      expect(told).to.match(/^1 log record\(s\) lost, .*"not encodable"/);
      expect(others).to.deep.equal(['one', 'inside']);
      expect(target.stats()).to.deep.include({ accepted: 5, delivered: 3, lostByReason: { 'not encodable': 2 } });
    });
  });

  describe('with stdout and stderr', () => {
    const levels = { debug: DEBUG, warning: WARNING, error: ERROR, critical: CRITICAL };
    const cases: [ConsoleOptions, stdout: string[], stderr: string[]][] = [
      [{}, ['debug', 'warning'], ['error', 'critical']],
      [{ stderrLevel: WARNING }, ['debug'], ['warning', 'error', 'critical']],
      [{ stderrLevel: NONE }, ['debug', 'warning', 'error', 'critical'], []]
    ];
    for (const [options, out, err] of cases) {
      it(`sends ${err.join(', ') || 'nothing'} to stderr with ${JSON.stringify(options)}`, async () => {
        const { target, stdout, stderr, log } = setup(options);
        for (const [text, level] of Object.entries(levels)) log(text, level);
        await target.flush();
        expect(stdout.lines).to.deep.equal(out);
        expect(stderr.lines).to.deep.equal(err);
      });
    }

    it('keeps the order of lines where both are the same stream', async () => {
      const both = new Capture();
      const { target, log } = setup({ stdout: both, stderr: both });
      for (const [index, level] of [INFORMATION, ERROR, INFORMATION, CRITICAL].entries()) log(`${index}`, level);
      await target.flush();
      expect(both.writes).to.deep.equal(['0\n1\n2\n3\n']);
    });

    it('writes to one after the other as the lines came', async () => {
      const order: string[] = [];
      const { target, stdout, stderr, log } = setup();
      for (const [name, stream] of Object.entries({ stdout, stderr })) {
        const { writes } = stream;
        writes.push = (text: string) => order.push(`${name}: ${text}`);
      }
      for (const [text, level] of [
        ['a', DEBUG],
        ['b', DEBUG],
        ['c', ERROR],
        ['d', DEBUG]
      ] as const)
        log(text, level);
      await target.flush();
      expect(order).to.deep.equal(['stdout: a\nb\n', 'stderr: c\n', 'stdout: d\n']);
    });
  });

  it('writes the lines of one tick in one write, at the end of the tick', async () => {
    const { stdout, log } = setup();
    for (let index = 0; index < 2000; index++) log('x');
    expect(stdout.writes).to.deep.equal([]);
    await turn();
    log('y');
    log('y');
    await turn();
    expect(stdout.writes).to.deep.equal(['x\n'.repeat(2000), 'y\ny\n']);
  });

  it('writes the form that a record had when it was logged', async () => {
    const { target, stdout } = setup({ format: 'logfmt' });
    const data = { value: 1 };
    void target.log(someRecord({ message: 'm', data }));
    data.value = 2;
    await target.flush();
    expect(stdout.text).to.contain(' value=1\n');
  });

  describe('with a slow stream', () => {
    it('gives it the next write when it is done with the last', async () => {
      const { target, stdout, log } = setup();
      stdout.held = true;
      for (const text of ['one', 'two', 'three']) {
        log(text);
        await turn();
      }
      expect(stdout.writes).to.deep.equal(['one\n']);
      stdout.held = false;
      stdout.release();
      await target.flush();
      expect(stdout.writes).to.deep.equal(['one\n', 'two\nthree\n']);
    });

    it('is bounded by its queue', async () => {
      const { target, stdout, failures, log } = setup({ maxQueued: 3 });
      stdout.held = true;
      for (let index = 0; index < 5; index++) {
        log(`${index}`);
        await turn();
      }
      expect(stdout.writableLength).to.equal(2);
      expect(target.stats()).to.include({ pending: 3, lost: 2 });
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['lost', 'lost']);
      stdout.held = false;
      stdout.release();
      await target.dispose();
      expect(stdout.lines.filter(line => !line.includes('lost'))).to.deep.equal(['0', '1', '2']);
    });

    it('gives up at the deadline of dispose', async () => {
      const { target, stdout, failures, log } = setup();
      stdout.held = true;
      log('one');
      await target.dispose({ timeout: 20 });
      expect(target.stats().lostByReason).to.deep.equal({ 'out of time': 1 });
      expect(failures).to.have.length(1);
    });
  });

  describe('when nobody reads any more', () => {
    it('says nothing, and counts records as lost', async () => {
      const { target, stdout, failures, log } = setup();
      stdout.failure = closed();
      log('one');
      await target.flush();
      log('two');
      await target.dispose();
      expect(failures).to.deep.equal([]);
      expect(target.stats()).to.deep.include({ accepted: 2, delivered: 0, lost: 2, lostByReason: { rejected: 2 } });
    });

    it('says nothing for a stream that has been destroyed or ended', async () => {
      for (const end of [(stream: Capture) => stream.destroy(), (stream: Capture) => stream.end()]) {
        const { target, stdout, failures, log } = setup();
        end(stdout);
        log('one');
        await target.dispose();
        expect(failures).to.deep.equal([]);
        expect(target.stats().lost).to.equal(1);
      }
    });

    it('goes on with the other stream', async () => {
      const { target, stdout, stderr, log } = setup();
      stdout.failure = closed();
      log('one');
      log('two', ERROR);
      log('three');
      await target.flush();
      log('four', ERROR);
      await target.dispose();
      expect(stderr.lines).to.deep.equal(['two', 'four']);
      expect(target.stats()).to.include({ accepted: 4, delivered: 1, lost: 3 });
    });

    it('hands records to the fallback', async () => {
      const fallbackTarget = new MemoryTarget();
      const { target, stdout, log } = setup({ fallbackTarget });
      stdout.failure = closed();
      log('one');
      await target.flush();
      expect(fallbackTarget.messages).to.deep.equal(['one']);
      expect(target.stats()).to.include({ fellBack: 1, lost: 0 });
    });
  });

  it('reports other errors of a stream, and does not let them reach the process', async () => {
    const { target, stdout, failures, log } = setup({ maxRetries: 0 });
    const error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    stdout.failure = error;
    log('one');
    await target.flush();
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ kind: 'lost', reason: 'retries exhausted', error });
  });

  it('reports errors of a stream that it has not caused', async () => {
    const { stdout, failures } = setup();
    const error = new Error('of its own');
    stdout.destroy(error);
    await turn();
    expect(failures).to.deep.equal([{ kind: 'error', target: 'ConsoleTarget', what: 'stdout', error }]);
  });

  it('shares one listener of a stream with all other targets, and lets go of it with the last one', async () => {
    const stdout = new Capture();
    const failures: LogFailure[] = [];
    const onFailure = (failure: LogFailure) => failures.push(failure);
    const targets = Array.from({ length: 20 }, () => new ConsoleTarget({ stdout, stderr: stdout, onFailure }));
    expect(stdout.listenerCount('error')).to.equal(1);
    for (const target of targets.slice(1)) await target.dispose();
    expect(stdout.listenerCount('error')).to.equal(1);
    stdout.emit('error', new Error('of its own'));
    expect(failures).to.have.length(1);
    await targets[0]?.dispose();
    expect(stdout.listenerCount('error')).to.equal(0);
  });

  it('leaves streams open and without its listener after dispose', async () => {
    const { target, stdout } = setup();
    await target.dispose();
    expect(stdout.writableEnded).to.equal(false);
    expect(stdout.listenerCount('error')).to.equal(0);
  });
});
