import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import type { Logger } from '../../lib/core/logger.js';
import type { LogData } from '../../lib/core/record.js';
import type { FieldsOf } from '../../lib/core/typed.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';

/** Compiles only if the two types are the same. */
function same<A, B>(..._proof: Same<A, B> extends true ? [] : [never]): void {}
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// Each `@ts-expect-error` is an assertion: the compiler complains if there is nothing to complain of.

describe('The types of a logger', () => {
  const target = new MemoryTarget();
  const factory = new LoggerFactory({ env: {} }).addTarget(target);
  const logger = factory.getLogger('Shop');
  const typed = factory.getLogger<{ requestId: string; user?: { name: string } }>('Shop');

  it('find the fields of a template that the compiler can read', () => {
    same<FieldsOf<'no field'>, never>();
    same<FieldsOf<'order {id} of {user.name} on {2}'>, 'id' | 'user.name' | '2'>();
    same<FieldsOf<'{a}{b}{a}'>, 'a' | 'b'>();
    same<FieldsOf<'{ "json": 1 } {} {-x} {1a} {a b} {open {inner} } {end'>, 'inner'>();
    same<FieldsOf<string>, never>();
    same<FieldsOf<`order ${string} paid`>, never>();
    same<FieldsOf<() => '{a}'>, never>();
  });

  it('leave a logger as it is if they know nothing of its fields', () => {
    void logger.info('order {id} paid');
    void logger.info('order {id} paid', { total: 3 }, 4, { requestId: 5 });
    void logger.info(new Error('boom'));
    const any: unknown[] = [1, { a: 2 }];
    void logger.info('{a}', ...any);
  });

  it('want each field of a template to be given in the call, or known of the logger', () => {
    void typed.info('{requestId}: order {id} paid by {user.name} on {day.name}', { id: 17, day: { name: 'Monday' } });
    void typed.info('order {id} paid', 'argument', { id: 17 });
    // @ts-expect-error: there is no id
    void typed.info('order {id} paid');
    // @ts-expect-error: the id is called order
    void typed.info('order {id} paid', { order: 17 });
    // @ts-expect-error: the fields are not in the last place
    void typed.info('order {id} paid', { id: 17 }, 4);
    // @ts-expect-error: there is no account
    void typed.log(LogLevel.DEBUG, '{account.id}', { id: 17 });
    // @ts-expect-error: there is no id
    void typed.exception('order {id} failed', new Error('boom'));
    void typed.exception('order {id} failed', new Error('boom'), { id: 17 });
  });

  it('trust what the compiler cannot read', () => {
    const text: string = 'order {id} paid';
    const fields: LogData = { id: 17 };
    const some: readonly unknown[] = [fields];
    void typed.info(text);
    void typed.info('order {id} paid', fields);
    void typed.info('order {id} paid', ...some);
    void typed.info('order {id} paid', fields as unknown);
    void typed.info(() => 'order {id} paid');
    void typed.info(`order ${text} paid`);
    void typed.info({ id: 17 });
  });

  it('want fields of a call to have the types of the logger’s', () => {
    void typed.info('paid', { requestId: 'a', other: 1 });
    // @ts-expect-error: a requestId is a string
    void typed.info('paid', { requestId: 17 });
  });

  it('know the fields that were bound', () => {
    const bound = logger.with({ requestId: 'a' }).with({ tenant: 3 });
    same<typeof bound, Logger<{ requestId: string } & { tenant: number }>>();
    void bound.info('{requestId} {tenant}', { requestId: 'b' });
    // @ts-expect-error: there is no user
    void bound.info('{requestId} {user}');
    void bound.child('db').info('{tenant}');
    // @ts-expect-error: there is no user
    void bound.child('db').info('{user}');
  });

  it('let a logger with fields stand where less is asked for, and not where more is', () => {
    const takesAny = (_logger: Logger) => undefined;
    const takesRequest = (_logger: Logger<{ requestId: string }>) => undefined;
    interface Request {
      readonly requestId: string;
      readonly route: string;
    }
    const request = factory.getLogger<Request>('x');
    takesAny(request);
    takesRequest(request);
    takesRequest(logger.with({ requestId: 'a', more: 1 }));
    takesAny(typed);
    // @ts-expect-error: nothing is known of its fields
    takesRequest(logger);
    // @ts-expect-error: it has no requestId
    takesRequest(logger.with({ other: 'a' }));
  });

  it('change nothing of what is logged', () => {
    target.clear();
    void typed.info('order {id} paid', { id: 17 });
    expect(target.messages).to.deep.equal(['order 17 paid']);
  });
});
