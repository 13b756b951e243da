import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const program = fileURLToPath(new URL('../../support/console-child.js', import.meta.url));

interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: unknown;
}

/** Runs the program with a socket as stdout, as a child of Node has it. */
async function run(...args: string[]): Promise<Ending> {
  return ending(spawn(process.execPath, [program, ...args]));
}

/** Runs the program with a pipe as stdout: `reader` is a shell command. The code is the program's. */
async function runPiped(reader: string, ...args: string[]): Promise<Ending> {
  const script = `{ "$@"; echo "code $?" >&2; } | ${reader}`;
  const { stdout, stderr } = await ending(spawn('sh', ['-c', script, 'sh', process.execPath, program, ...args]));
  const [, said = '', code] = /^(.*)code (\d+)\n$/s.exec(stderr) ?? [];
  return { stdout, stderr: said, code: Number(code) };
}

async function ending(child: ChildProcess): Promise<Ending> {
  const closed = once(child, 'close') as Promise<unknown[]>;
  const [stdout, stderr] = await Promise.all([text(child.stdout as Readable), text(child.stderr as Readable)]);
  const [code] = await closed;
  return { stdout, stderr, code };
}

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `record ${index + 1}\n`).join('');
}

describe('ConsoleTarget at the end of the process', () => {
  it('writes what was logged just before process.exit()', async () => {
    expect(await run('exit', '3')).to.deep.equal({ stdout: numbered(3), stderr: '', code: 3 });
  });

  it('writes what was logged just before an uncaught exception', async () => {
    const { stdout, stderr, code } = await run('throw', '3');
    expect(stdout).to.equal(numbered(3));
    expect(stderr).to.contain('Error: uncaught').and.not.to.contain('logflume:');
    expect(code).to.equal(1);
  });

  it('goes past the write of process.stdout, and through it if that is given as stdout', async () => {
    expect(await run('patched', '2')).to.deep.equal({ stdout: numbered(2), stderr: '', code: 0 });
    expect(await run('patched', '2', 'given')).to.deep.equal({
      stdout: `captured ${numbered(2)}`,
      stderr: '',
      code: 0
    });
    expect(await run('exit', '2', 'given')).to.deep.equal({ stdout: numbered(2), stderr: '', code: 3 });
  });

  it('writes everything when the program simply ends', async () => {
    expect(await run('end', '3')).to.deep.equal({ stdout: numbered(3), stderr: '', code: 0 });
  });

  for (const mode of ['exit', 'end']) {
    it(`writes 100 000 records to a pipe before ${mode}`, async () => {
      const { stdout, stderr } = await runPiped('cat', mode, '100000');
      expect(stderr).to.equal('');
      expect(stdout === numbered(100_000)).to.equal(true);
    });
  }

  it('writes to a file what is logged in one tick, though it is more than may wait', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'logflume-'));
    const file = join(folder, 'stdout.txt');
    try {
      const { stderr } = await ending(
        spawn('sh', ['-c', '"$@" > "$0"', file, process.execPath, program, 'end', '300000'])
      );
      expect(stderr).to.equal('');
      expect(readFileSync(file, 'utf8') === numbered(300_000)).to.equal(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('goes on at process.exit() where a full pipe had stopped it', async () => {
    const { stdout, stderr, code } = await runPiped('cat', 'exit later', '50000');
    expect(stderr).to.equal('');
    expect(code).to.equal(3);
    expect(stdout === `${numbered(50_000)}last\n`).to.equal(true);
  });

  it('ends quietly when its reader has gone', async () => {
    const { stdout, stderr, code } = await runPiped('head -n 1', 'log on');
    expect(stdout).to.equal('more\n');
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it('says how much is lost if nobody reads', async () => {
    const child = spawn(process.execPath, [program, 'exit', '100000']);
    const stderr = await text(child.stderr); // stdout is not read meanwhile
    child.stdout.destroy();
    expect(stderr).to.match(/^logflume: ConsoleTarget: \d+ record\(s\) lost, as the process ended/);
  });
});

describe('ConsoleTarget on a pipe', () => {
  it('lets the event loop turn while nobody reads, and loses nothing', async () => {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ipc'];
    const child = spawn(process.execPath, [program, 'turn', '100000'], { stdio });
    const [{ pending }] = (await once(child, 'message')) as [{ pending: number }];
    expect(pending).to.be.above(10_000);
    const all = ending(child);
    child.send('go on');
    const { stdout, stderr } = await all;
    expect(stderr).to.equal('');
    expect(stdout === numbered(100_000)).to.equal(true);
  });

  it('goes on during a tight await loop that lets no timer fire', async () => {
    const { stderr, code } = await runPiped('cat > /dev/null', 'no turn');
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it('cuts no line where two targets share stdout', async () => {
    const { stdout } = await runPiped('cat', 'two targets', '50');
    const lines = stdout.split('\n');
    expect(lines.pop()).to.equal('');
    expect(lines.filter(line => line === 'one '.repeat(50))).to.have.length(5000);
    expect(lines.filter(line => line === 'two '.repeat(50))).to.have.length(5000);
  });

  it('does not cut into the lines of console.log', async () => {
    const { stdout } = await runPiped('cat', 'console.log', '300');
    expect(stdout.split(`${'console '.repeat(2000)}\n`)).to.have.length(301);
  });
});
