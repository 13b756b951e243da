import { expect } from 'chai';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget, type TargetStats } from '../../lib/core/target.js';
import { type ContractOptions, itBehavesLikeALogTarget } from '../../lib/testing/contract.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';

type Subject = LogTarget & { readonly messages: readonly string[] };

/** Runs the suite; the names of the rules that were broken. */
async function brokenRules(make: () => Subject, options: ContractOptions = {}): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, test: () => Promise<void>) => tests.push([name, test])
  };
  const subject = () => {
    const target = make();
    return { target, received: () => target.messages };
  };
  itBehavesLikeALogTarget('subject', subject, { ...options, runner });
  const broken: string[] = [];
  for (const [name, test] of tests) {
    await test().catch(() => broken.push(name));
  }
  return broken;
}

describe('itBehavesLikeALogTarget', () => {
  it('finds nothing wrong with a good target', async () => {
    expect(await brokenRules(() => new MemoryTarget(), { snapshots: true })).to.deep.equal([]);
  });

  it('finds a target without a name', async () => {
    class Nameless extends MemoryTarget {
      override get name(): string {
        return '';
      }
    }
    expect(await brokenRules(() => new Nameless())).to.deep.equal(['has a name']);
  });

  it('finds a target that throws', async () => {
    class Throwing extends MemoryTarget {
      override log(record: LogRecord): void {
        JSON.stringify(record.data, (_key, value: unknown) => value);
        super.log(record);
      }
    }
    expect(await brokenRules(() => new Throwing())).to.include.members(['survives a cycle', 'survives a BigInt']);
  });

  it('finds a target that rejects', async () => {
    class Rejecting extends MemoryTarget {
      override async log(record: LogRecord): Promise<void> {
        String(record.message);
        super.log(record);
        if (record.exception === null) throw new Error('no exception');
      }
    }
    expect(await brokenRules(() => new Rejecting())).to.include('survives an exception that is none');
  });

  it('finds a target that changes the order', async () => {
    class Backwards extends MemoryTarget {
      override get messages(): string[] {
        return super.messages.reverse();
      }
    }
    expect(await brokenRules(() => new Backwards())).to.include('keeps the order of records');
  });

  it('finds a target that renders late', async () => {
    class Late extends LogTarget {
      readonly #records: LogRecord[] = [];

      get messages(): string[] {
        return this.#records.map(record => record.render());
      }

      log(record: LogRecord): void {
        this.#records.push(record);
      }
    }
    const broken = await brokenRules(() => new Late(), { snapshots: true });
    expect(broken).to.include('keeps records as they were when they were logged');
  });

  it('finds a target that does not flush, and one that does not flush when disposed of', async () => {
    class Lazy extends LogTarget {
      readonly messages: string[] = [];
      #waiting: string[] = [];

      log(record: LogRecord): void {
        this.#waiting.push(record.render());
      }

      protected deliver(): void {
        this.messages.push(...this.#waiting.splice(0));
      }
    }
    class Forgetful extends Lazy {
      override async flush(): Promise<void> {
        this.deliver();
      }

      override dispose(): Promise<void> {
        return disposed;
      }
    }
    const disposed = Promise.resolve();
    expect(await brokenRules(() => new Lazy())).to.include('has delivered all earlier records when flush resolves');
    const broken = await brokenRules(() => new Forgetful());
    expect(broken).to.include('flushes when disposed of');
    expect(broken).not.to.include('is disposed of once: later calls return the same promise');
  });

  it('finds a target that is disposed of twice, and one that takes records afterwards', async () => {
    class Twice extends MemoryTarget {
      override async dispose(): Promise<void> {
        await this.flush();
      }
    }
    expect(await brokenRules(() => new Twice())).to.include.members([
      'is disposed of once: later calls return the same promise',
      'takes no records after dispose, and counts them as lost'
    ]);
  });

  it('finds a ledger that does not close', async () => {
    class Miscounting extends MemoryTarget {
      override stats(): TargetStats {
        return { ...super.stats(), delivered: 0 };
      }
    }
    expect(await brokenRules(() => new Miscounting())).to.include('takes 1000 records at once');
  });

  it('finds records that are pending for ever where the destination takes nothing', async () => {
    class Stuck extends MemoryTarget {
      override stats(): TargetStats {
        const { accepted } = super.stats();
        return { ...super.stats(), delivered: 0, pending: accepted };
      }
    }
    const broken = await brokenRules(() => new MemoryTarget(), {
      failing: () => ({ target: new Stuck(), received: () => [] })
    });
    expect(broken).to.deep.equal(['harms nobody and accounts for all records while the destination takes nothing']);
  });

  it('moves a fake clock while it waits', async () => {
    const clock = new FakeClock();
    class Slow extends MemoryTarget {
      override flush(): Promise<void> {
        return new Promise(resolve => {
          clock.setTimeout(resolve, 60_000);
        });
      }
    }
    const tests: Promise<void>[] = [];
    const runner = {
      describe: (_name: string, body: () => void) => body(),
      it: (name: string, test: () => Promise<void>) => name.startsWith('flushes when there') && tests.push(test())
    };
    itBehavesLikeALogTarget('Slow', () => ({ target: new Slow(), clock, received: () => [] }), { runner });
    await Promise.all(tests);
    expect(tests).to.have.length(1);
  });

  it('says what it needs where there is no test runner', () => {
    const { describe: mochas } = globalThis;
    Reflect.deleteProperty(globalThis, 'describe');
    try {
      expect(() => itBehavesLikeALogTarget('subject', () => expect.fail('made'))).to.throw(TypeError, 'runner');
    } finally {
      Object.assign(globalThis, { describe: mochas });
    }
  });
});
