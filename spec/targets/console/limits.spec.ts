import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../../lib/core/level.js';
import { ConsoleTarget } from '../../../lib/targets/console/target.js';
import { type SomeRecord, someRecord } from '../../../lib/testing/some-record.js';
import { Capture } from '../../support/capture.js';
import { hostile } from '../../support/hostile.js';
import { assertProperty } from '../../support/property.js';

const formats = ['pretty', 'json', 'logfmt'] as const;
type Format = (typeof formats)[number];
type Limits = { readonly maxDepth?: number; readonly maxRecordBytes?: number };

/** Makes the text of one record, with its newline, in one format. */
function writer(format: Format, limits: Limits = {}): (record: SomeRecord) => string {
  const stdout = new Capture();
  const target = new ConsoleTarget({ format, stdout, colors: true, stderrLevel: LogLevel.NONE, ...limits });
  return record => {
    void target.logRecords([someRecord(record)]);
    const text = stdout.text;
    stdout.writes.length = 0;
    return text;
  };
}

const sizeOf = (text: string): number => Buffer.byteLength(text);

/** Takes away what `ansiPaint` adds. */
const withoutColors = (text: string): string => text.replaceAll(/\p{Cc}\[[\d;]+m/gu, '');

/** An error with frames and causes, as deep as they go. */
function chain(length: number): Error {
  let error = new Error('the first');
  for (let index = 0; index < length; index++) {
    error = new Error('x\n'.repeat(200), { cause: error });
    error.stack = `Error: ${error.message}${`\n    at ${index}`.repeat(2000)}`;
  }
  return error;
}

const large: [what: string, record: () => SomeRecord][] = [
  ['a text of 5 MB', () => ({ data: { text: 'x'.repeat(5_000_000), id: 17 } })],
  ['a message of 5 MB', () => ({ message: 'é'.repeat(5_000_000), data: { id: 17 } })],
  ['100 MB of control characters', () => ({ data: { text: '\u0001'.repeat(100_000_000), id: 17 } })],
  ['a text of 5 MB deep inside', () => ({ data: { id: 17, a: [{ b: { c: '"'.repeat(5_000_000) } }] } })],
  ['an exception with causes and long stacks', () => ({ data: { id: 17 }, exception: chain(30) })],
  [
    'a long key above many others',
    () => ({ data: { id: 17, ['k'.repeat(5000)]: { a: new Array(500).fill({ b: 1 }) } } })
  ],
  [
    'long keys above many others',
    () => ({ data: { id: 17, ['k'.repeat(5000)]: Object.fromEntries(new Array(5000).entries()) } })
  ]
];

for (const format of formats) {
  describe(`The limits of ${format} on the console`, () => {
    for (const [what, record] of large) {
      it(`hold for ${what}`, () => {
        const write = writer(format);
        const text = write(record());
        expect(sizeOf(text)).to.be.at.most(1024 * 1024);
        expect(withoutColors(text)).to.match(/id\W{1,2}17/);
        expect(text).to.match(/\n$/);
        expect(sizeOf(writer(format, { maxRecordBytes: 5000 })(record()))).to.be.at.most(5000);
      });
    }

    it('hold where the text would be longer than a string can be', () => {
      const inner = Object.fromEntries(new Array(50_000).entries());
      const exception = new Error('deep');
      let error = exception;
      for (let depth = 0; depth < 30; depth++) {
        error.cause = Object.assign(new Error('x'), { stack: 'y\n'.repeat(500_000) });
        error = error.cause as Error;
      }
      const text = writer(format)({ data: { id: 17, ['k'.repeat(500_000)]: inner }, exception });
      expect(sizeOf(text)).to.be.at.most(1024 * 1024);
      expect(withoutColors(text)).to.match(/id\W{1,2}17/);
    });

    it('leave what fits as it is', () => {
      const record = { data: { text: 'x'.repeat(1_000_000) } };
      expect(writer(format)(record)).to.contain(record.data.text);
    });

    it('use the room that there is', () => {
      expect(sizeOf(writer(format)({ data: { text: 'x'.repeat(2_000_000) } }))).to.be.above(900_000);
    });

    it('hold for depth', () => {
      const text = writer(format, { maxDepth: 2 })({ data: { a: { b: { deepest: { d: 1 } } } } });
      expect(text).to.contain('[Object]').and.not.to.contain('deepest');
    });

    it('hold for every record', () => {
      const makers = fc.dictionary(
        fc.string({ maxLength: 200 }),
        fc.oneof(
          hostile(),
          fc.nat({ max: 3000 }).map(length => () => '\n\u0001"'.repeat(length))
        ),
        { maxKeys: 30 }
      );
      const options = fc.integer({ min: 1024, max: 4096 });
      assertProperty(
        fc.property(makers, fc.option(hostile()), fc.string(), options, (makers, thrown, message, maxRecordBytes) => {
          const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
          const record = { data, message: message.repeat(100), ...(thrown !== null && { exception: thrown() }) };
          expect(sizeOf(writer(format, { maxRecordBytes })(record))).to.be.within(50, maxRecordBytes);
        }),
        { numRuns: 300 }
      );
    });
  });
}
