import { expect } from 'chai';
import { expand } from '../../../lib/core/config/environment.js';

const environment = { HOST: 'logs.example', PORT: '24224', EMPTY: '', NESTED: '${HOST}' };
const expanded = (text: string) => expand('logging.json: x', text, environment).text;

describe('expand', () => {
  for (const [text, result] of [
    ['plain', 'plain'],
    ['', ''],
    ['${HOST}', 'logs.example'],
    ['tcp://${HOST}:${PORT}/', 'tcp://logs.example:24224/'],
    ['${HOST:other}', 'logs.example'],
    ['${MISSING:other}', 'other'],
    ['${MISSING:}', ''],
    ['${MISSING:http://a:80/b c}', 'http://a:80/b c'],
    ['${MISSING:two\nlines}', 'two\nlines'],
    ['${EMPTY:other}', 'other'],
    ['${EMPTY:}', ''],
    ['${NESTED}', '${HOST}'],
    ['$${HOST}', '${HOST}'],
    ['$HOST {HOST} $', '$HOST {HOST} $'],
    ['${MISSING:-5}', '-5'],
    ['${MISSING:${HOST}}/', 'logs.example/'],
    ['${MISSING:${EMPTY:${PORT}}}', '24224'],
    ['${HOST:${MISSING}}', 'logs.example'],
    ['${MISSING:a$${b}', 'a${b'],
    ['${MISSING:{"a":{}}}}', '{"a":{}}}'],
    ['${HOST:{"a":{}}}}', 'logs.example}']
  ] as const) {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(text)}`, () => {
      expect(expanded(text)).to.equal(result);
    });
  }

  it('tells which variables a text names', () => {
    expect(expand('x', '${HOST}:${PORT}', environment).variables).to.deep.equal(['HOST', 'PORT']);
    expect(expand('x', '$${HOST}', environment).variables).to.deep.equal([]);
  });

  for (const text of ['${MISSING}', '${EMPTY}', '${constructor}', '${EMPTY:${MISSING}}']) {
    it(`rejects ${text}, which is not set`, () => {
      expect(() => expanded(text)).to.throw(
        Error,
        /^logging\.json: x: the environment variable \w+ is not set; \$\{\w+:default\} would need none$/
      );
    });
  }

  for (const text of [
    '${',
    '${}',
    '${A',
    '${A B}',
    '${1A}',
    '${:x}',
    '${A:x',
    '${A:{x}',
    '${A:${B c}}',
    '${HOST:${}}',
    'a ${HOST} ${'
  ]) {
    it(`rejects ${text}`, () => {
      expect(() => expanded(text)).to.throw(
        TypeError,
        'logging.json: x: ${ must begin ${NAME} or ${NAME:default}; $${ stands for itself'
      );
    });
  }
});
