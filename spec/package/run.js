// Packs the package, looks at what it holds, and uses it as a stranger would: `npm run check-package`.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const fixtures = dirname(fileURLToPath(import.meta.url));
const root = join(fixtures, '..', '..');
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The oldest versions of Node that the package promises to run on: the ends of `engines`. */
const oldest = ['20.19.0', '22.12.0'];

/** Pinned, and not installed with the package: it brings a whole TypeScript of its own. */
const attw = '@arethetypeswrong/cli@0.18.5';

/** TypeScript before its rewrite, which most projects still use. */
const olderTypeScript = 'typescript@5.9.3';

/** A dozen of code that are put together of those of a folder each. */
const mostFiles = 16;

const packed = mkdtempSync(join(tmpdir(), 'package-'));
const project = mkdtempSync(join(tmpdir(), 'project-'));
const installed = join(project, 'node_modules', 'logflume');
let tarball = '';
let failed = 0;

await check();
for (const directory of [packed, project]) rmSync(directory, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;

async function check() {
  const isPacked = await step('packs', async () => {
    await run('npm', ['pack', '--pack-destination', packed], root);
    tarball = join(packed, readdirSync(packed).find(name => name.endsWith('.tgz')) ?? '');
  });
  if (!isPacked) return;
  await step('has no mistakes in package.json that publint knows', () =>
    run('npx', ['--no', '--', 'publint', 'run', tarball, '--strict'], root)
  );
  await step('has types that resolve as its code does', () =>
    // From CommonJS the package is an ES module on purpose: `require` loads those in every Node that it supports.
    run('npx', ['-y', attw, tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'], project)
  );
  const isInstalled = await step('is installed in an empty project', async () => {
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], project);
    for (const name of readdirSync(fixtures)) cpSync(join(fixtures, name), join(project, name));
  });
  if (!isInstalled) return;
  await step('holds what a user needs, and nothing else', async () => checkContents(installed));
  for (const program of ['esm.mjs', 'commonjs.cjs']) await runProgram(program);
  await step('leads from its code to its sources', checkTrace);
  await step('has the command logflume', () => run('npx', ['--no', '--', 'logflume', 'spool', '--help'], project));
  await step('finds what is optional', () => {
    const peers = ['reflect-metadata', 'tsyringe', 'yaml', 'chai', 'mocha', 'pino', 'sinon', '@electric-sql/pglite'];
    const packages = peers.map(name => `${name}@${devDependencies[name]}`);
    return run('npm', ['install', '--no-audit', '--no-fund', ...packages], project);
  });
  await runProgram('injection.mjs');
  await step('runs the examples as they say', checkExamples);
  await step('finds the types of Node', () =>
    run('npm', ['install', '--no-audit', '--no-fund', `@types/node@${devDependencies['@types/node']}`], project)
  );
  for (const resolution of ['nodenext', 'bundler']) await compile(resolution);
}

async function runProgram(program) {
  await step(`runs on this Node: ${program}`, () => run(process.execPath, [program], project));
  for (const version of oldest) {
    await step(`runs on Node ${version}: ${program}`, () => run('npx', ['-y', `node@${version}`, program], project));
  }
}

async function compile(resolution) {
  const args = ['-p', `tsconfig.${resolution}.json`];
  await step(`compiles under ${resolution} resolution`, () =>
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], project)
  );
  await step(`compiles under ${resolution} resolution with ${olderTypeScript}`, () =>
    run('npx', ['-y', '-p', olderTypeScript, 'tsc', ...args], project)
  );
}

/** Does one step, and says how it went; false if it failed. */
async function step(name, action) {
  try {
    await action();
    console.log(`  ok      The package ${name}`);
    return true;
  } catch (error) {
    failed++;
    const said = [error.stdout, error.stderr].filter(Boolean).join('\n').trim();
    console.log(`  FAILED  The package ${name}\n${said || error.message}`);
    return false;
  }
}

function run(program, args, cwd) {
  return promisify(execFile)(program, args, { cwd });
}

/** Throws unless the package's folder holds exactly what it should. */
function checkContents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/')
    );
  const needed = ['CHANGELOG.md', 'LICENSE', 'README.md', 'lib/config.schema.json', 'package.json'];
  const places = [/^dist\/lib\/.+\.(?:js|js\.map|d\.ts|d\.ts\.map)$/, /^lib\/.+\.ts$/, /^lib\/.+\/README\.md$/];
  const faults = [
    ...needed.filter(name => !files.includes(name)).map(name => `${name} is missing`),
    ...files
      .filter(name => !needed.includes(name) && !places.some(place => place.test(name)))
      .map(name => `${name} is of no use to a user`),
    ...files.filter(name => name.endsWith('.map')).flatMap(name => mapFaults(folder, name)),
    ...files.filter(name => name.endsWith('.js') && !files.includes(`${name}.map`)).map(name => `${name} has no map`),
    ...files.filter(name => /^lib\/.*\.ts$/.test(name)).flatMap(name => typeFaults(files, name)),
    ...files
      .filter(name => name.startsWith('dist/') && name.endsWith('.d.ts') && !files.includes(sourceOf(name)))
      .map(name => `${name} has no source`),
    ...(files.filter(name => name.endsWith('.js')).length > mostFiles ? ['it has not been put together'] : [])
  ];
  expectSame(faults, []);
}

/** A map must point to a source that is in the package too. */
function mapFaults(folder, name) {
  const { sources } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return sources
    .map(source => resolve(folder, dirname(name), source))
    .filter(source => !normalize(source).startsWith(folder) || !existsSync(source))
    .map(source => `${name} points to ${source}, which is not there`);
}

/** A source has its types, and maps for them. */
function typeFaults(files, name) {
  const stem = `dist/${name.replace(/(\.d)?\.ts$/, '')}`;
  if (name.endsWith('.d.ts')) return [];
  return [`${stem}.d.ts`, `${stem}.d.ts.map`]
    .filter(other => !files.includes(other))
    .map(other => `${other} is missing, for ${name}`);
}

function sourceOf(types) {
  return types.replace(/^dist\//, '').replace(/\.d\.ts$/, '.ts');
}

/** The stack of an error names the line that was written. */
async function checkTrace() {
  const program = "import('logflume').then(({ FluentdTarget }) => new FluentdTarget({ tag: 'a b' }))";
  const { stderr } = await run(process.execPath, ['--enable-source-maps', '-e', program], project).catch(
    error => error
  );
  if (!/FluentdTarget: tag must be .*lib\/core\/check\.ts:\d+/s.test(stderr)) throw new Error(stderr);
}

/** The examples print what their comments say, with what was packed in the place of what was compiled. */
async function checkExamples() {
  const { inLanes, promised, run: runExample } = await import(join(root, 'dist/spec/support/examples.js'));
  cpSync(join(root, 'examples'), join(project, 'examples'), { recursive: true });
  cpSync(join(root, 'dist/examples'), join(project, 'examples'), { recursive: true });
  const names = readdirSync(join(root, 'examples')).filter(name => name.endsWith('.ts'));
  const runs = inLanes(names, 2, name => runExample(`examples/${name.replace(/ts$/, 'js')}`, 30_000, project));
  for (const [index, name] of names.entries()) {
    const expected = { ...promised(readFileSync(join(root, 'examples', name), 'utf8')), end: 0 };
    const actual = await runs[index];
    expectSame([name, JSON.stringify(actual)], [name, JSON.stringify({ ...expected })]);
  }
}

function expectSame(actual, expected) {
  if (actual.join('\n') === expected.join('\n')) return;
  throw new Error(`expected ${expected.join('\n') || 'nothing'}, got\n${actual.join('\n')}`);
}
