import assert from 'node:assert/strict';
import type { LogRecord } from '../core/record.js';
import type { LogTarget } from '../core/target.js';
import type { FakeClock } from './fake-clock.js';
import { hostileRecords } from './hostile.js';
import { someRecord } from './some-record.js';

/** A target to be tested, new and unused, and a look at where its records go. */
export interface ContractSubject {
  readonly target: LogTarget;
  /** The rendered messages that have arrived so far, in the order of their arrival. */
  received(): readonly string[] | Promise<readonly string[]>;
  /** The target's clock, if it was given a `FakeClock`: it is advanced while the suite waits for the target. */
  readonly clock?: FakeClock;
  /** Frees what `make` made besides the target (a server, a directory). Called after each test. */
  close?(): void | Promise<void>;
}

export interface ContractOptions {
  /** The target promises that a record is what it was at the time of the call, however its objects change later. */
  readonly snapshots?: boolean;
  /** As `make`, but the destination takes nothing: adds the rule that holds then. `received` is not called. */
  readonly failing?: () => ContractSubject | Promise<ContractSubject>;
  /** Where to register the tests. Default: the globals `describe` and `it` of mocha, jest or vitest. */
  readonly runner?: ContractRunner;
}

/** What a test runner offers; mocha's, jest's, vitest's and node:test's are of this shape. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, test: () => Promise<void>): unknown;
}

/** Milliseconds that the suite gives `dispose` where the destination takes nothing. */
const timeout = 100;

/**
 * Checks what every `LogTarget` promises, in your own test runner: call it where you would write a `describe`.
 *
 * ```ts
 * itBehavesLikeALogTarget('WebhookTarget', async () => {
 *   const server = await startServer();
 *   return {
 *     target: new WebhookTarget(server.url),
 *     received: () => server.bodies.map(({ message }) => message),
 *     close: () => server.close()
 *   };
 * });
 * ```
 *
 * `make` is called once for each test. Messages of the suite are short and plain; the hostile records (cycles, getters
 * that throw, 1 MB of text) need not arrive, and are not looked for.
 */
export function itBehavesLikeALogTarget(
  name: string,
  make: () => ContractSubject | Promise<ContractSubject>,
  options: ContractOptions = {}
): void {
  const { describe, it } = options.runner ?? globalRunner();
  const rule = (words: string, check: Check, from = make) => it(words, () => withSubject(from, check));

  describe(`${name} as a LogTarget`, () => {
    rule('has a name', async ({ target }) => {
      assert.equal(typeof target.name, 'string');
      assert.notEqual(target.name, '');
    });
    rule('keeps the order of records', checkOrder);
    rule('takes 1000 records at once', checkMany);
    if (options.snapshots === true) rule('keeps records as they were when they were logged', checkSnapshot);
    for (const [index, [what]] of hostileRecords().entries()) {
      rule(`survives ${what}`, subject => checkHostile(subject, index));
    }
    rule('flushes when there is nothing to flush', subject => settled(subject, subject.target.flush()));
    rule('has delivered all earlier records when flush resolves', checkFlush);
    rule('flushes several times at once', checkFlushes);
    rule('flushes when disposed of', checkDispose);
    rule('is disposed of once: later calls return the same promise', checkDisposeTwice);
    rule('is disposed of by await using', subject => settled(subject, subject.target[Symbol.asyncDispose]()));
    rule('takes no records after dispose, and counts them as lost', checkLate);
    if (options.failing === undefined) return;
    rule(
      'harms nobody and accounts for all records while the destination takes nothing',
      checkFailing,
      options.failing
    );
  });
}

type Check = (subject: ContractSubject) => Promise<void>;

async function checkOrder(subject: ContractSubject): Promise<void> {
  const messages = numbered(25);
  for (const message of messages) await settled(subject, log(subject, message));
  await settled(subject, subject.target.flush());
  assert.deepEqual(await subject.received(), messages);
}

async function checkMany(subject: ContractSubject): Promise<void> {
  const messages = numbered(1000);
  await settled(subject, Promise.all(messages.map(message => log(subject, message))));
  await settled(subject, subject.target.flush());
  assert.deepEqual(await subject.received(), messages);
}

async function checkSnapshot(subject: ContractSubject): Promise<void> {
  const data = { value: 'before' };
  const logged = log(subject, someRecord({ message: 'value {value}', data }));
  data.value = 'after';
  await settled(subject, logged);
  await settled(subject, subject.target.flush());
  assert.deepEqual(await subject.received(), ['value before']);
}

async function checkHostile(subject: ContractSubject, index: number): Promise<void> {
  const [, record] = hostileRecords()[index] ?? [];
  assert.ok(record);
  await settled(subject, log(subject, record));
  await settled(subject, log(subject, 'after it'));
  await settled(subject, subject.target.flush());
  assert.equal((await subject.received()).at(-1), 'after it');
}

async function checkFlush(subject: ContractSubject): Promise<void> {
  for (const count of [1, 2]) {
    const logged = log(subject, `record ${count}`);
    await settled(subject, subject.target.flush());
    assert.deepEqual(await subject.received(), numbered(count));
    await settled(subject, logged);
  }
}

async function checkFlushes(subject: ContractSubject): Promise<void> {
  const waits = numbered(3).flatMap(message => [log(subject, message), subject.target.flush()]);
  await settled(subject, Promise.all(waits));
  assert.deepEqual(await subject.received(), numbered(3));
}

async function checkDispose(subject: ContractSubject): Promise<void> {
  const logged = log(subject, 'record 1');
  await settled(subject, subject.target.dispose());
  assert.deepEqual(await subject.received(), ['record 1']);
  assert.equal(checkLedger(subject.target)?.pending ?? 0, 0);
  await settled(subject, logged);
}

async function checkDisposeTwice(subject: ContractSubject): Promise<void> {
  const { target } = subject;
  const first = target.dispose();
  assert.equal(target.dispose(), first);
  await settled(subject, first);
  assert.equal(target.dispose(), first);
}

async function checkLate(subject: ContractSubject): Promise<void> {
  const { target } = subject;
  await settled(subject, log(subject, 'record 1'));
  await settled(subject, target.dispose());
  await settled(subject, log(subject, 'too late'));
  await settled(subject, target.flush());
  assert.deepEqual(await subject.received(), ['record 1']);
  const stats = checkLedger(target);
  if (stats !== undefined) assert.equal(stats.lost, 1, 'a record logged after dispose is lost');
}

async function checkFailing(subject: ContractSubject): Promise<void> {
  const logged = Promise.all(numbered(10).map(message => log(subject, message)));
  await settled(subject, subject.target.dispose({ timeout }));
  const stats = checkLedger(subject.target);
  assert.equal(stats?.pending ?? 0, 0, 'after dispose, no record is pending');
  assert.equal(stats?.delivered ?? 0, 0, 'the destination took nothing');
  await settled(subject, logged);
}

/** Logs, and checks that it does not throw and that the ledger closes. The promise must not reject. */
async function log({ target }: ContractSubject, what: string | LogRecord): Promise<void> {
  const taken = target.log(typeof what === 'string' ? someRecord({ message: what }) : what);
  checkLedger(target);
  await taken;
  checkLedger(target);
}

/** `accepted = delivered + fellBack + lost + pending`, if the target keeps an account. */
function checkLedger(target: LogTarget) {
  const stats = target.stats();
  if (stats === undefined) return undefined;
  const { accepted, delivered, fellBack, lost, pending } = stats;
  const sum = delivered + fellBack + lost + pending;
  assert.equal(accepted, sum, `accepted ${accepted} = ${delivered} + ${fellBack} + ${lost} + ${pending}`);
  const byReason = Object.values(stats.lostByReason).reduce((total, count) => total + count, 0);
  assert.equal(byReason, lost, `lost ${lost} = the sum of lostByReason`);
  return stats;
}

/** Waits, and moves the subject's clock meanwhile. */
async function settled(subject: ContractSubject, promise: Promise<unknown>): Promise<void> {
  const { clock, target } = subject;
  let isDone = clock === undefined;
  const done = promise.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined); // it is awaited below, maybe later than it rejects
  while (!isDone) await clock?.advance(10);
  await done;
  checkLedger(target);
}

async function withSubject(make: () => ContractSubject | Promise<ContractSubject>, check: Check): Promise<void> {
  const subject = await make();
  subject.target.reportTo(() => undefined); // losses are looked for in the stats
  try {
    await check(subject);
    await settled(subject, subject.target.dispose({ timeout }));
  } finally {
    await subject.close?.();
  }
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `record ${index + 1}`);
}

function globalRunner(): ContractRunner {
  const { describe, it } = globalThis as Partial<ContractRunner>;
  if (describe !== undefined && it !== undefined) return { describe, it };
  throw new TypeError('itBehavesLikeALogTarget needs the globals describe and it, or the option runner');
}
