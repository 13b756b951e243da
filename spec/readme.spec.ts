import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { LoggerFactory, type LoggingConfig } from '../lib/index.js';
import { ConsoleTarget } from '../lib/targets/console/target.js';
import { someRecord } from '../lib/testing/some-record.js';
import { apiReport } from './support/api.js';
import { Capture } from './support/capture.js';
import { compileFences, type Fence, fencesOf } from './support/fences.js';

const guides = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('README.md'))
  .map(path => join('lib', path));
const documents = ['README.md', 'CONTRIBUTING.md', ...guides];

describe('The documents', () => {
  const fences = documents.flatMap(document => fencesOf(document, readFileSync(document, 'utf8')));
  let complaints: string[];

  before(async () => {
    complaints = await compileFences(fences, 'dist/readme');
  });

  it('show code', () => {
    expect(fences.filter(({ document }) => document === 'README.md')).to.not.be.empty;
  });

  for (const fence of fences) {
    it(`show code that compiles: ${fence.document}:${fence.line}`, () => {
      const own = complaints.filter(complaint => isAbout(complaint, fence));
      if (own.length > 0) expect.fail(own.join('\n'));
    });
  }

  it('leave the compiler nothing else to complain of', () => {
    expect(complaints.filter(complaint => !fences.some(fence => isAbout(complaint, fence)))).to.deep.equal([]);
  });
});

describe('The configurations in the guide', () => {
  const found = readFileSync('lib/core/config/README.md', 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm);
  for (const [index, [, text = '']] of Array.from(found).entries()) {
    it(`can be used as they are: ${index + 1}`, async () => {
      const factory = LoggerFactory.fromConfig(parse(text) as LoggingConfig, { env: { FLUENTD_HOST: '127.0.0.1' } });
      expect(factory.targets).to.not.be.empty;
      await factory.dispose();
    });
  }
});

describe('The links between the documents', () => {
  for (const document of documents) {
    it(`lead somewhere: ${document}`, () => {
      const text = readFileSync(document, 'utf8');
      const links = Array.from(
        text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g),
        ([, path = '', anchor = '']) => {
          return { file: path === '' ? document : join(dirname(document), path), anchor };
        }
      );
      const broken = links.filter(({ file, anchor }) => {
        return !existsSync(file) || (anchor !== '' && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor));
      });
      expect(broken).to.deep.equal([]);
    });
  }

  it('reach every guide from README.md', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(guides.filter(guide => !readme.includes(`](${guide})`))).to.deep.equal([]);
  });
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')
  );
}

describe('CONTRIBUTING.md', () => {
  it('names every dependency, to say what it is for', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Dependencies;
    const named: readonly string[] = readFileSync('CONTRIBUTING.md', 'utf8').match(/(?<=\*\*)[^*]+(?=\*\*)/g) ?? [];
    const all = Object.keys({ ...dependencies, ...devDependencies }).filter(name => !name.startsWith('@types/'));
    expect(all.filter(name => !named.includes(name))).to.deep.equal([]);
  });
});

interface Dependencies {
  readonly dependencies: object;
  readonly devDependencies: object;
}

describe('The quick start of README.md', () => {
  const [, sample = '', json = ''] =
    /```text\n\S+ (INFO .*)\n```[^`]*```text\n(\{.*\})\n```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  const record = someRecord({
    timestamp: Date.parse(String(JSON.parse(json || '{}').time)),
    loggerName: 'OrderService',
    message: 'order {id} paid',
    data: { id: 17, total: 99.5 }
  });

  for (const [format, read] of [
    ['pretty', () => sample],
    ['json', () => json]
  ] as const) {
    it(`shows what is printed as ${format}`, async () => {
      const stdout = new Capture();
      const target = new ConsoleTarget({ format, stdout, colors: false });
      void target.log(record);
      await target.dispose();
      expect(stdout.text.slice(format === 'pretty' ? '00:00:00.000 '.length : 0)).to.equal(`${read()}\n`);
    });
  }
});

describe('The tables of options in the guides', () => {
  const text = guides.map(guide => readFileSync(guide, 'utf8')).join('\n');
  const api = apiReport();
  const tables = {
    handleExit: 'ExitOptions',
    FlushLogTarget: 'FlushOptions',
    spool: 'SpoolOptions',
    ConsoleTarget: 'ConsoleOptions',
    FluentdTarget: 'FluentdOptions',
    LogstashTarget: 'LogstashOptions',
    LogstashFormatter: 'LogstashFormatterOptions',
    EcsFormatter: 'EcsFormatterOptions'
  };

  for (const [target, options] of Object.entries(tables)) {
    it(`name all options of ${target} that there are`, () => {
      const [, section = ''] = text.split(`\n### Of \`${target}\``);
      const cells = section.split('\n#')[0]?.match(/^\| `.*?\|/gm) ?? [];
      const named = cells.flatMap(cell => Array.from(cell.matchAll(/\w+/g), ([name]) => name));
      expect(named).to.have.members(optionsOf(options));
    });
  }

  /** The options that an interface declares, and those of the interfaces that it extends but `FlushOptions`. */
  function optionsOf(name: string): string[] {
    const [, bases = '', body = ''] =
      new RegExp(`interface ${name}(?: extends ([\\w, ]+))? \\{\\n([^}]*)`).exec(api) ??
      expect.fail(`no interface ${name}`);
    const own = Array.from(body.matchAll(/^ *readonly (\w+)/gm), ([, option = '']) => option);
    const inherited = bases.split(', ').filter(base => base !== '' && base !== 'FlushOptions');
    return [...own, ...inherited.flatMap(optionsOf)];
  }
});

function isAbout(complaint: string, { document, line, code }: Fence): boolean {
  const [about, at] = complaint.split(':');
  return about === document && Number(at) >= line && Number(at) <= line + code.split('\n').length;
}

describe('The check of the documents', () => {
  it('finds the fences that are marked as ts', () => {
    const text = 'Text\n```ts\none\n\ntwo\n```\n```sh\nnpm i\n```\n```ts\nthree\n```\n';
    expect(fencesOf('A.md', text)).to.deep.equal([
      { document: 'A.md', line: 3, code: 'one\n\ntwo' },
      { document: 'A.md', line: 11, code: 'three' }
    ]);
    expect(() => fencesOf('A.md', 'Text\n```ts\none\n')).to.throw('A.md:2: the fence does not end');
  });

  it('names the line of the document that does not compile', async () => {
    const fences = fencesOf(
      'A.md',
      "```ts\nimport { LogLevel } from 'logflume';\nexport const level: LogLevel = 'high';\n```\n```ts\nexport const fine = 1;\n```\n"
    );
    const complaints = await compileFences(fences, 'dist/readme-check');
    expect(complaints).to.have.length(1);
    expect(complaints[0]).to.match(/^A\.md:3:14: error TS2322: /);
  });
});
