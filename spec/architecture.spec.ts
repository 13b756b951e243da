import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect } from 'chai';
import { breaches, importsOf, lineCount, longFile, maxLines, type SourceFile } from './support/architecture.js';

/** The sources of lib. Specs run from the package's own folder. */
const lib: readonly SourceFile[] = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => ({ path: path.replaceAll(sep, '/'), text: readFileSync(join('lib', path), 'utf8') }));

describe('lib', () => {
  it('keeps to its architecture', () => {
    const found = breaches(lib);
    if (found.length > 0) expect.fail(found.join('\n'));
  });

  it(`has no file of more than ${maxLines} lines, and tells which are long`, () => {
    const long = lib.filter(({ text }) => lineCount(text) > longFile);
    for (const { path, text } of long) {
      console.log(`      lib/${path} has ${lineCount(text)} lines: what second thing has it become?`);
    }
    expect(long.filter(({ text }) => lineCount(text) > maxLines)).to.deep.equal([]);
  });
});

/** What is said of a lib with one more file. */
function saidOf(path: string, ...lines: string[]): string[] {
  return breaches([
    { path: 'index.ts', text: "export { Logger } from './core/logger.js';\n" },
    { path: 'core/logger.ts', text: "import { inspect } from 'node:util';\n" },
    { path: 'wire/dial.ts', text: "import type { Logger } from '../core/logger.js';\n" },
    { path, text: `${lines.join('\n')}\n` }
  ]);
}

describe('The check of the architecture', () => {
  it('has nothing against imports that point down', () => {
    expect(saidOf('core/level.ts', "import { Logger } from './logger.js';")).to.deep.equal([]);
    expect(saidOf('delivery/queue.ts', "import { Logger } from '../core/logger.js';")).to.deep.equal([]);
    expect(saidOf('targets/udp/target.ts', "import { dial } from '../../wire/dial.js';")).to.deep.equal([]);
    expect(saidOf('testing/index.ts', "export * from '../wire/dial.js';")).to.deep.equal([]);
    expect(saidOf('testing/msgpack-lite.ts', "import msgpack from 'msgpack-lite';")).to.deep.equal([]);
  });

  it('names the import that points up, and the rule', () => {
    expect(saidOf('core/level.ts', "import type { Dial } from '../wire/dial.js';")).to.deep.equal([
      "lib/core/level.ts imports '../wire/dial.js': imports point one way, core ← spool ← delivery ← wire ← targets ← index",
      'core → wire → core: folders do not import each other in a circle'
    ]);
  });

  it('has the spool below the engine', () => {
    expect(saidOf('delivery/queue.ts', "import type { Spool } from '../spool/spool.js';")).to.deep.equal([]);
    expect(saidOf('spool/spool.ts', "import type { Batch } from '../delivery/batch.js';")).to.deep.equal([
      "lib/spool/spool.ts imports '../delivery/batch.js': " +
        'imports point one way, core ← spool ← delivery ← wire ← targets ← index'
    ]);
  });

  it('finds a leaf that is imported by another leaf, or by anything but index.ts', () => {
    const rule = 'a leaf (a folder of targets, or the bridges) is imported by index.ts only';
    for (const path of ['targets/udp/target.ts', 'testing/index.ts', 'wire/json.ts']) {
      const specifier = path.startsWith('targets') ? '../fluentd/target.js' : '../targets/fluentd/target.js';
      expect(saidOf(path, `import { FluentdTarget } from '${specifier}';`)).to.deep.equal([
        `lib/${path} imports '${specifier}': ${rule}`
      ]);
    }
    expect(saidOf('wire/x.ts', "import { PinoTarget } from '../bridges/pino-target.js';")).to.deep.equal([
      `lib/wire/x.ts imports '../bridges/pino-target.js': ${rule}`
    ]);
  });

  it('finds imports of index.ts, of the testing and of the tsyringe entry point', () => {
    expect(saidOf('delivery/queue.ts', "import { Logger } from '../index.js';")).to.deep.equal([
      "lib/delivery/queue.ts imports '../index.js': nothing imports index.ts, which is for users"
    ]);
    expect(saidOf('targets/udp/target.ts', "import { FakeClock } from '../../testing/fake-clock.js';")).to.deep.equal([
      "lib/targets/udp/target.ts imports '../../testing/fake-clock.js': " +
        'testing is an entry point of its own that nothing in lib imports'
    ]);
    expect(saidOf('testing/x.ts', "import '../tsyringe/index.js';")).to.deep.equal([
      "lib/testing/x.ts imports '../tsyringe/index.js': tsyringe is an entry point of its own that nothing in lib imports"
    ]);
    expect(saidOf('wire/x.ts', "import '../cli/main.js';")).to.deep.equal([
      "lib/wire/x.ts imports '../cli/main.js': cli is an entry point of its own that nothing in lib imports"
    ]);
    expect(saidOf('cli/main.ts', "import { LoggerFactory } from '../index.js';")).to.deep.equal([]);
  });

  it('finds packages that are not allowed, and allowed ones in the wrong place', () => {
    const allowed = 'of packages, lib imports node:… and msgpack-lite, tsyringe, reflect-metadata, yaml only';
    expect(saidOf('core/level.ts', "import fs from 'fs';")).to.deep.equal([
      `lib/core/level.ts imports 'fs': ${allowed}`
    ]);
    expect(saidOf('core/level.ts', "export const lazy = () => import('pino');")).to.deep.equal([
      `lib/core/level.ts imports 'pino': ${allowed}`
    ]);
    expect(saidOf('testing/x.ts', "import msgpack from 'msgpack-lite';")).to.deep.equal([
      "lib/testing/x.ts imports 'msgpack-lite': msgpack-lite is imported by lib/testing/msgpack-lite.ts only"
    ]);
    expect(saidOf('core/level.ts', "import { Logger } from 'logflume';")).to.deep.equal([
      "lib/core/level.ts imports 'logflume': lib imports its own files by their paths"
    ]);
  });

  it('finds imports from outside lib', () => {
    expect(saidOf('core/level.ts', "import { x } from '../../spec/support/x.js';")).to.deep.equal([
      "lib/core/level.ts imports '../../spec/support/x.js': lib imports nothing from outside lib"
    ]);
  });

  it('finds folders and files that the layout does not have', () => {
    const rule =
      'lib has index.ts and the folders core, spool, delivery, wire, targets/…, bridges, cli, tsyringe and testing only';
    expect(saidOf('util/misc.ts')).to.deep.equal([`lib/util/misc.ts: ${rule}`]);
    expect(saidOf('misc.ts')).to.deep.equal([`lib/misc.ts: ${rule}`]);
  });

  it('finds circles of folders, also of those that have no rule', () => {
    const files = ['a', 'b', 'c'].map((name, index) => ({
      path: `${name}/x.ts`,
      text: `import '../${['b', 'c', 'a'][index]}/x.js';\n`
    }));
    expect(breaches(files)).to.include('a → b → c → a: folders do not import each other in a circle');
    expect(breaches(files).filter(breach => breach.includes('circle'))).to.have.length(1);
  });

  it('finds files that are too long', () => {
    expect(saidOf('core/level.ts', ...Array<string>(maxLines).fill(''))).to.deep.equal([]);
    expect(saidOf('core/level.ts', ...Array<string>(maxLines + 1).fill(''))).to.deep.equal([
      `lib/core/level.ts has ${maxLines + 1} lines: no file has more than ${maxLines}`
    ]);
  });

  it('reads every way to import, and no examples', () => {
    const text = `
import a from 'a';
import type { B } from "b";
import {
  type C,
  D
} from 'c';
import E, { type F } from 'e';
import * as g from 'g';
import 'h';
export * from 'i';
export * as j from 'j';
export type { K } from 'k';
const l = await import('l');
type M = import('m').M;
import n = require('n');
/**
 * import { no } from 'docstring';
 * const no = await import('docstring');
 */
// import { no } from 'comment';
export const text = 'taken from "text"';
export function from(x: string) { return x + 'from'; }
`;
    expect(importsOf(text)).to.deep.equal(['a', 'b', 'c', 'e', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n']);
  });
});
