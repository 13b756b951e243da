import { Console } from 'node:console';
import { expect } from 'chai';
import { captureConsole } from '../../lib/bridges/capture-console.js';
import { ConsoleLikeTarget } from '../../lib/bridges/console-like-target.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import { FlushLogTarget } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { Capture } from '../support/capture.js';

describe('captureConsole', () => {
  let output: Capture;
  let console: Console;
  let memory: MemoryTarget;
  let factory: LoggerFactory;

  beforeEach(() => {
    output = new Capture();
    console = new Console({ stdout: output, stderr: output });
    memory = new MemoryTarget();
    factory = new LoggerFactory({ minimumLevel: LogLevel.TRACE, onFailure: () => undefined }).addTarget(memory);
  });

  it('makes records of the methods, and prints nothing', () => {
    captureConsole(factory, { console });
    for (const method of ['trace', 'debug', 'log', 'info', 'dir', 'dirxml', 'warn', 'error'] as const)
      console[method](method);
    expect(memory.records.map(({ level, message }) => [message, level])).to.deep.equal([
      ['trace', 5],
      ['debug', 10],
      ['log', 20],
      ['info', 20],
      ['dir', 20],
      ['dirxml', 20],
      ['warn', 30],
      ['error', 40]
    ]);
    expect(memory.records[0]?.loggerName).to.equal('console');
    expect(output.text).to.equal('');
  });

  it('keeps fields, errors and arguments', () => {
    captureConsole(factory.getLogger('mine'), { console });
    const error = new TypeError('boom');
    console.log('order %s of %d', 'x', 5, { id: 17 });
    console.error('failed', error, { id: 18 });
    console.warn(error);
    console.log({ a: 1 }, [2]);
    console.dir({ a: 1 }, { depth: 0 });
    expect(memory.messages).to.deep.equal(['order x of 5', 'failed', 'boom', '{"a":1} [2]', '{"a":1}']);
    expect(memory.records.map(({ data, exception }) => [data, exception])).to.deep.equal([
      [{ id: 17 }, undefined],
      [{ id: 18 }, error],
      [{}, error],
      [{}, undefined],
      [{}, undefined]
    ]);
    expect(memory.records[0]?.loggerName).to.equal('mine');
  });

  it('calls no function that is to be shown', () => {
    captureConsole(factory, { console });
    console.log(function shown() {
      expect.fail('it was called');
    });
    expect(memory.messages).to.deep.equal(['[Function: shown]']);
  });

  it('has the stack of a trace as a field', () => {
    captureConsole(factory, { console });
    console.trace('here', { id: 1 });
    console.trace();
    console.trace('alone');
    const [first, second] = memory.records;
    expect(first?.data['id']).to.equal(1);
    expect(String(first?.data['stack']).split('\n')[0]).to.include('capture-console.spec');
    expect(second?.data).to.have.all.keys('stack');
    expect(memory.messages).to.deep.equal(['here', 'Trace', 'alone']);
  });

  it('has what other methods print by these', () => {
    captureConsole(factory, { console });
    console.assert(false, 'wrong');
    console.count();
    console.group('group');
    console.table([{ a: 1 }]);
    console.log();
    expect(memory.messages.slice(0, 3)).to.deep.equal(['Assertion failed: wrong', 'default: 1', 'group']);
    expect(memory.messages).to.have.length(4);
    expect(output.text).to.equal('');
  });

  it('gives the console back', () => {
    const methods = { ...console };
    const captured = captureConsole(factory, { console });
    captured.restore();
    captured[Symbol.dispose]();
    console.log('printed');
    expect(memory.messages).to.deep.equal([]);
    expect(output.text).to.equal('printed\n');
    expect(console.log).to.equal(methods.log);
  });

  it('leaves a method to who has taken it over since then', () => {
    const captured = captureConsole(factory, { console });
    const { log } = console;
    console.log = (...args: unknown[]) => log('wrapped', ...args);
    console.log(1);
    captured.restore();
    console.log(2);
    expect(memory.messages).to.deep.equal(['wrapped 1']);
    expect(output.text).to.equal('wrapped 2\n');
  });

  it('takes the global console if it is told of no other', () => {
    const { log } = globalThis.console;
    const captured = captureConsole(factory);
    globalThis.console.log('m');
    captured.restore();
    expect(memory.messages).to.deep.equal(['m']);
    expect(globalThis.console.log).to.equal(log);
  });

  it('refuses what is no console', () => {
    expect(() => captureConsole(factory, { console: {} as Console })).to.throw(TypeError, 'console must be a Console');
  });

  describe('with targets that print on the same console', () => {
    it('prints once, and makes no record of it: ConsoleLikeTarget', async () => {
      factory.addTarget(new ConsoleLikeTarget(console));
      captureConsole(factory, { console });
      console.log('from the console');
      await factory.getLogger('x').info('from us');
      expect(memory.messages).to.deep.equal(['from the console', 'from us']);
      expect(output.lines).to.deep.equal(memory.messages);
    });

    it('comes to an end: a target of the user, at once or later', async () => {
      class Printing extends LogTarget {
        async log(record: LogRecord): Promise<void> {
          console.log('at once', record.render());
          await Promise.resolve();
          console.log('later', record.render());
        }
      }
      factory.addTarget(new Printing());
      captureConsole(factory, { console });
      console.log('one');
      await factory.getLogger('x').info('two');
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      expect(memory.messages).to.deep.equal(['one', 'two', 'at once two', 'later two']);
      expect(output.lines).to.include.members(['at once one', 'later one']);
    });

    it('comes to an end: a target that prints for each of its batches', async () => {
      const clock = new FakeClock();
      let batches = 0;
      class Printing extends FlushLogTarget {
        async logRecords(records: readonly LogRecord[]): Promise<void> {
          batches++;
          await Promise.resolve();
          console.log(`sent ${records.length}`);
        }
      }
      factory.addTarget(new Printing({ clock, flushInterval: 10 }));
      captureConsole(factory, { console });
      void factory.getLogger('x').info('one');
      for (let step = 0; step < 20; step++) await clock.advance(10);
      expect(batches).to.equal(1);
      expect(output.lines).to.deep.equal(['sent 1']);
      expect(memory.messages).to.deep.equal(['one']);
    });

    it('prints what onFailure says of records that came from it', () => {
      const failing = new LoggerFactory({ onFailure: ({ kind }) => console.error('failure', kind) }).addTarget(
        new ConsoleLikeTarget(() => {
          throw new Error('no logger');
        })
      );
      captureConsole(failing, { console });
      console.log('one');
      expect(output.lines).to.deep.equal(['failure lost']);
    });
  });
});
