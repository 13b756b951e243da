import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../lib/core/level.js';
import { ExceptionLogRecord, LogRecord } from '../../lib/core/record.js';
import { plain } from '../../lib/core/values.js';
import { RecordPacker } from '../../lib/delivery/record-batch.js';
import { recordCodec } from '../../lib/delivery/record-codec.js';
import { columnsOf } from '../../lib/spool/columns.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { assertProperty } from '../support/property.js';

/** Records as they come back from a spool. */
function passed(...records: LogRecord[]): LogRecord[] {
  const packer = new RecordPacker();
  for (const record of records) packer.add(record);
  const rows = recordCodec.write(packer.cut(records.length), 0, records.length);
  const numbers = Uint32Array.from(records.keys());
  const read = recordCodec.read({
    id: 'a',
    chunk: 'a',
    numbers,
    format: 'record',
    isTried: false,
    ...rows,
    ...columnsOf(rows)
  });
  return read.list.slice();
}

describe('Records that were written into a spool', () => {
  it('come back with everything that they are made of', () => {
    const record = new LogRecord(17, 4, 'shop', LogLevel.WARNING, '{n} of %s', ['x', 2], { n: 1, list: [true, null] });
    const [read] = passed(record);
    expect(read).to.deep.include({ timestamp: 17, sequence: 4, loggerName: 'shop', level: LogLevel.WARNING });
    expect(read).to.deep.include({ message: '{n} of %s', args: ['x', 2], data: { n: 1, list: [true, null] } });
    expect(read?.render()).to.equal(record.render());
    expect(read?.toJSON()).to.deep.equal(record.toJSON());
  });

  it('have the exception again, with its class, stack, cause and fields', () => {
    const error = Object.assign(new TypeError('no', { cause: new Error('why') }), { code: 'E17' });
    const record = new ExceptionLogRecord(1, 1, 'shop', LogLevel.ERROR, 'failed', [], { error }, error);
    const exception = passed(record)[0]?.exception as TypeError & { code: string };
    expect(exception).to.be.instanceOf(Error);
    expect(exception).to.deep.include({ name: 'TypeError', message: 'no', stack: error.stack, code: 'E17' });
    expect(exception.cause).to.deep.include({ message: 'why' });
    expect(passed(record)[0]?.toJSON()).to.deep.equal(record.toJSON());
  });

  it('have again what was thrown and is no error', () => {
    const record = new ExceptionLogRecord(1, 1, 'shop', LogLevel.ERROR, 'failed', [], {}, 'a text');
    expect(passed(record)[0]?.exception).to.equal('a text');
    expect(passed(record)[0]?.toJSON()).to.deep.equal(record.toJSON());
  });

  it('have the form that all encoders give what JSON cannot hold', () => {
    const data = { when: new Date(0), big: 2n ** 70n, nan: Number.NaN, set: new Set([1]), nothing: undefined };
    expect(passed(someRecord({ data }))[0]?.data).to.deep.equal(plain(data));
  });

  it('are all there if one of them cannot be read', () => {
    class Broken extends LogRecord {
      override render(): string {
        throw new Error('not today');
      }
    }
    const broken = new Broken(5, 6, 'shop', LogLevel.ERROR, 'text');
    const [first, second] = passed(broken, someRecord({ message: 'fine' }));
    expect(first).to.deep.include({ timestamp: 5, sequence: 6, message: '[Threw: not today]' });
    expect(second?.message).to.equal('fine');
  });

  it('are not taken from what something else has written', () => {
    const lists = columnsOf({ ends: [], levels: [], times: [] });
    const none = { payload: Buffer.alloc(0), ...lists, topics: [], isTried: false };
    const batch = { id: 'a', chunk: 'a', numbers: new Uint32Array(), format: 'msgpack', ...none };
    expect(() => recordCodec.read(batch)).to.throw(TypeError, 'msgpack');
  });

  it('come back as the plain form of their values, whatever these are', () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true
    });
    assertProperty(
      fc.property(fc.dictionary(fc.string(), values), fc.array(values), (data, args) => {
        const [read] = passed(someRecord({ data, args }));
        expect(read?.data).to.deep.equal(plain(data));
        expect(read?.args).to.deep.equal(plain(args));
      })
    );
  });
});
