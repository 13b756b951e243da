import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { inLanes, promised, type Run, run } from './support/examples.js';

/** Milliseconds after which an example that still runs is ended. */
const timeout = 30_000;

describe('The examples', () => {
  const names = readdirSync('examples')
    .filter(file => file.endsWith('.ts'))
    .map(file => file.replace(/\.ts$/, ''));
  const runs = new Map<string, Promise<Run>>();

  before(() => {
    const results = inLanes(names, 2, name => run(programOf(name), timeout));
    for (const [index, result] of results.entries()) runs.set(names[index] ?? '', result);
  });

  it('are there', () => {
    expect(names).to.not.be.empty;
  });

  for (const name of names) {
    it(`print what their comments say: ${name}`, async () => {
      const expected = promised(readFileSync(`examples/${name}.ts`, 'utf8'));
      expect(await runs.get(name)).to.deep.equal({ ...expected, end: 0 });
    }).timeout(0); // the process has a limit
  }
});

/** Strips types, and knows `await using`. */
const takesSources = Number.parseInt(process.versions.node, 10) >= 24;

/** What is run of an example: the source itself where Node.js takes it; decorators have to be compiled. */
function programOf(name: string): string {
  const source = `examples/${name}.ts`;
  const hasDecorators = /^ *@\w/m.test(readFileSync(source, 'utf8'));
  return takesSources && !hasDecorators ? source : `dist/examples/${name}.js`;
}

describe('The check of the examples', () => {
  it('reads what is promised, an empty line too', () => {
    const source = "console.log('one\\n\\n  two');\n\n// Output:\n// one\n//\n//   two\n";
    expect(promised(source)).to.deep.equal({ stdout: 'one\n\n  two\n', stderr: '' });
  });

  it('reads what is promised of stderr, before or after the output', () => {
    const expected = { stdout: 'one\n', stderr: 'two\n' };
    expect(promised('// Output:\n// one\n// Stderr:\n// two\n')).to.deep.equal(expected);
    expect(promised('// Stderr:\n// two\n// Output:\n// one\n')).to.deep.equal(expected);
    expect(promised('// Output:\n// one\n\n// Stderr:\n// two\n\nend();')).to.deep.equal(expected);
  });

  it('wants each example to promise something', () => {
    expect(() => promised('console.log(1);\n')).to.throw('an example ends with the comment `// Output:`');
  });

  describe('of a program', () => {
    const program = 'dist/spec/made-up-example.mjs';

    afterEach(() => {
      rmSync(program);
    });

    it('sees both outputs and the exit code', async () => {
      writeFileSync(program, "console.log('one'); console.error('two'); process.exitCode = 3;");
      expect(await run(program, timeout)).to.deep.equal({ stdout: 'one\n', stderr: 'two\n', end: 3 });
    });

    it('ends one that hangs', async () => {
      writeFileSync(program, 'setInterval(() => undefined, 1000);');
      expect(await run(program, 1)).to.deep.equal({ stdout: '', stderr: '', end: 'SIGKILL' });
    });
  });

  it('runs no more at once than there are lanes, in order', async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const results = inLanes([1, 2, 3, 4, 5], 2, async item => {
      started.push(item);
      running++;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running--;
      if (item === 2) throw new Error('two');
      return item * 10;
    });
    expect((await Promise.allSettled(results)).map(({ status }) => status === 'fulfilled')).to.deep.equal([
      true,
      false,
      true,
      true,
      true
    ]);
    expect(started).to.have.members([1, 2, 3, 4, 5]);
    expect(most).to.equal(2);
  });
});
