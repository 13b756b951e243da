import { expect } from 'chai';
import fc from 'fast-check';
import { parseJson } from '../../../lib/core/config/json.js';
import { assertProperty } from '../../support/property.js';

const saidOf = (text: string): string => {
  try {
    parseJson(text);
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parseJson', () => {
  it('makes what JSON.parse makes', () => {
    assertProperty(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t', '\r\n'), (text, space) => {
        const pretty = JSON.stringify(JSON.parse(text), undefined, space);
        expect(parseJson(text)).to.deep.equal(JSON.parse(text));
        expect(parseJson(` ${pretty}\n`)).to.deep.equal(JSON.parse(text));
      })
    );
    expect(Object.keys(parseJson('{"__proto__": {"a": 1}}') as object)).to.deep.equal(['__proto__']);
  });

  it('rejects what JSON.parse rejects', () => {
    const pieces = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"a"',
        '"b',
        '1',
        '-',
        '01',
        '.5',
        'tru',
        'null',
        '\\',
        ' ',
        '"\\x"',
        '"\t"',
        '\u00a0'
      ],
      ...['1e5', '"\\u12"', 'NaN', "'a'", '//', '\ufeff']
    );
    assertProperty(
      fc.property(fc.array(pieces, { maxLength: 6 }), list => {
        const text = list.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(saidOf(text).startsWith('line 1, column ')).to.equal(!isJson && !/twice/.test(saidOf(text)));
      }),
      { numRuns: 5000 }
    );
  });

  for (const [text, message] of [
    ['', 'line 1, column 1: a value was expected'],
    ['{ "targets": }', 'line 1, column 14: a value was expected'],
    ['{\n  "key": "hunter2" "b"\n}', "line 2, column 20: ',' or '}' was expected"],
    ['{\r\n  "a": 1,\r\n}', 'line 3, column 1: a name in double quotes was expected'],
    ["{ key: 'hunter2' }", 'line 1, column 3: a name in double quotes was expected'],
    ['[1, 2', "line 1, column 6: ',' or ']' was expected"],
    ['{"a" 1}', "line 1, column 6: ':' was expected"],
    ['{} hunter2', 'line 1, column 4: the end was expected'],
    ['["hunter2\n"]', 'line 1, column 2: the string is not one of JSON'],
    ['["hunter2', 'line 1, column 2: a value was expected'],
    ['{ "targets": { "a": {}, "b": {}, "\\u0061": {} } }', 'line 1, column 34: the name "\\u0061" is there twice']
  ] as const) {
    it(`says of ${JSON.stringify(text)}: ${message}`, () => {
      expect(saidOf(text)).to.equal(message);
    });
  }
});
