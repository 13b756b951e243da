import { expect } from 'chai';
import * as fc from 'fast-check';
import { ExceptionLogRecord, type LogRecord } from '../../../lib/core/record.js';
import { plainFields } from '../../../lib/core/values.js';
import { ansiPaint, noPaint, type Paint } from '../../../lib/targets/console/colors.js';
import { logfmt as logfmtOf } from '../../../lib/targets/console/logfmt.js';
import { pretty as prettyOf } from '../../../lib/targets/console/pretty.js';
import { hostileRecords } from '../../../lib/testing/hostile.js';
import { ByteWriter } from '../../../lib/wire/bytes.js';
import { JsonEncoder } from '../../../lib/wire/json.js';
import { assertProperty } from '../../support/property.js';

const pretty = (record: LogRecord, paint: Paint): string => prettyOf(record, plainFields(record), paint);
const logfmt = (record: LogRecord): string => logfmtOf(record, plainFields(record));

const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** Strings of what terminals, line readers and these formats give a meaning to, and of anything else. */
const hostileString = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r',
        '\u001b[31m',
        '\u0007',
        '\u009b',
        '\u007f',
        '\u0085',
        '\u2028',
        '\u202e',
        '\u2066',
        '\u200f',
        '\u200b',
        '\ufeff',
        '\u{e0041}',
        '"',
        '\\',
        '=',
        ' ',
        '{a}',
        '%s',
        'at a',
        '\ud800',
        '\t'
      ),
      { maxLength: 8 }
    )
    .map(parts => parts.join(''))
);

const hostileValue = fc.object({
  key: hostileString,
  values: [hostileString, fc.double(), fc.constant(null)],
  maxDepth: 3
});

const hostileError = fc
  .record({
    message: hostileString,
    name: hostileString,
    code: hostileString,
    stack: hostileString,
    cause: hostileString
  })
  .map(({ message, name, code, stack, cause }) => {
    const error = new AggregateError([cause, new Error(cause)], message, { cause: new Error(cause, { cause }) });
    return Object.assign(error, { name, code }, stack.length % 2 === 0 ? { stack } : {});
  });

const hostileRecord = fc
  .record({
    loggerName: hostileString,
    message: hostileString,
    args: fc.array(hostileString, { maxLength: 2 }),
    data: fc.dictionary(hostileString, fc.oneof(hostileString, hostileValue), { maxKeys: 4 }),
    exception: fc.option(fc.oneof(hostileError, hostileString), { nil: undefined })
  })
  .map(({ loggerName, message, args, data, exception }) => {
    return new ExceptionLogRecord(1_700_000_000_123, 1, loggerName, 20, message, args, data, exception);
  });

function json(record: LogRecord): string {
  const writer = new ByteWriter();
  new JsonEncoder().encode(record, writer);
  return writer.bytes.toString('utf8', 0, writer.length).slice(0, -1);
}

/** Takes away what `ansiPaint` adds. */
function withoutColors(text: string): string {
  return text.replaceAll(/\p{Cc}\[[\d;]+m/gu, '');
}

describe('hostile data on the console', () => {
  it('writes nothing unsafe in logfmt', () => {
    assertProperty(
      fc.property(hostileRecord, record => !unsafe.test(logfmt(record))),
      { numRuns: 500 }
    );
  });

  it('writes nothing unsafe in JSON', () => {
    assertProperty(
      fc.property(hostileRecord, record => !unsafe.test(json(record))),
      { numRuns: 500 }
    );
  });

  it('breaks no line in pretty but for exceptions, whose lines are indented', () => {
    assertProperty(
      fc.property(hostileRecord, record => {
        const [first = '', ...others] = pretty(record, noPaint).split('\n');
        expect(first)
          .to.match(/^\d\d:\d\d:\d\d\.\d{3} INFO /)
          .and.not.to.match(unsafe);
        if (record.exception === undefined) expect(others).to.deep.equal([]);
        for (const line of others) expect(line).to.match(/^ {2}/).and.not.to.match(unsafe);
      }),
      { numRuns: 500 }
    );
  });

  it('shows the same with colours and without', () => {
    assertProperty(
      fc.property(hostileRecord, record => withoutColors(pretty(record, ansiPaint)) === pretty(record, noPaint))
    );
  });

  it('writes values in logfmt that can be read back', () => {
    assertProperty(
      fc.property(hostileString, value => {
        const record = new ExceptionLogRecord(0, 1, 'Shop', 20, 'm', [], { value }, undefined);
        const [, text = ''] = / value=(.*)$/s.exec(logfmt(record)) ?? [];
        expect(text.startsWith('"') ? JSON.parse(text) : text).to.equal(Buffer.from(value).toString());
      })
    );
  });

  for (const [name, record] of hostileRecords()) {
    it(`has a form for ${name} in each format`, () => {
      for (const text of [logfmt(record), pretty(record, noPaint), json(record)]) expect(text).not.to.equal('');
    });
  }
});
