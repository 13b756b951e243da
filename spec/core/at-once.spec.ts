import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import {
  ConsoleTarget,
  FluentdTarget,
  LoggerFactory,
  type LoggerFactoryOptions,
  LogstashTarget,
  type LogTarget,
  RateLimitTarget,
  type RouteOptions
} from '../../lib/index.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';

/** What somebody may give in the place of a function that answers at once. */
const later = (() => Promise.reject(new Error('too late'))) as () => never;

const nowhere = { dial: () => new Promise<never>(() => undefined) };

/** Which functions failed while one record was logged. */
async function failed(target: LogTarget, options: LoggerFactoryOptions, route: RouteOptions, message: unknown) {
  const what = new Set<string>();
  const factory = new LoggerFactory({
    ...options,
    onFailure: failure => {
      if (failure.kind === 'error') what.add(failure.what);
    }
  }).addTarget(target, route);
  await factory.getLogger('x').info(message as string, { password: 'x' });
  expect(target.stats()?.accepted).to.equal(1);
  await factory.dispose({ timeout: 0 });
  return [...what];
}

describe('A function that answers with a promise which rejects', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);

  before(() => process.on('unhandledRejection', note));

  after(() => process.off('unhandledRejection', note));

  const memory = () => new MemoryTarget();
  const pass = {};
  for (const [name, what, call] of [
    ['a message', 'the message function', () => failed(memory(), {}, pass, later)],
    ['a filter', 'filter', () => failed(memory(), {}, { filter: later }, 'm')],
    ['a censor', 'redact', () => failed(memory(), { redact: { keys: ['password'], censor: later } }, pass, 'm')],
    [
      'a format of the console',
      'format',
      () => failed(new ConsoleTarget({ format: later, stdout: new PassThrough() }), {}, pass, 'm')
    ],
    ['a tag', 'tag', () => failed(new FluentdTarget({ tag: later, ...nowhere }), {}, pass, 'm')],
    [
      'a formatter',
      'formatter',
      () => failed(new LogstashTarget({ formatter: { format: later }, ...nowhere }), {}, pass, 'm')
    ],
    [
      'a recordFormat',
      undefined,
      () => failed(new FluentdTarget({ tag: 'x', recordFormat: later, ...nowhere }), {}, pass, 'm')
    ],
    ['by', undefined, () => failed(new RateLimitTarget(memory(), { by: later }), {}, pass, 'm')]
  ] as const) {
    it(`does no harm as ${name}${what === undefined ? '' : ', and is reported'}`, async () => {
      const found = await call();
      if (what !== undefined) expect(found).to.deep.equal([what]);
      await new Promise(setImmediate); // Node tells of what nobody handles when all that could has run
      expect(unhandled).to.deep.equal([]);
    });
  }
});
