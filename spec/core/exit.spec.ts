import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';
import type { Plan } from '../support/exit-child.js';

const program = fileURLToPath(new URL('../support/exit-child.js', import.meta.url));

describe('The end of the process', () => {
  let server: FluentdServer;
  let folder: string;
  let exitFile: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    server = await FluentdServer.start();
    folder = mkdtempSync(join(tmpdir(), 'logflume-'));
    exitFile = join(folder, 'pending.jsonl');
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs a program with this plan: what it prints, and how it ends. */
  function run(plan: Omit<Plan, 'port'>) {
    const child = spawn(process.execPath, [program, JSON.stringify({ port: server.port, ...plan })]);
    children.push(child);
    const end = once(child, 'close').then(([code, signal]: unknown[]) => signal ?? code);
    const says = (what: string) =>
      new Promise<void>(resolve => {
        child.stdout.on('data', (chunk: Buffer) => chunk.includes(what) && resolve());
      });
    const stderr = text(child.stderr as Readable);
    const stdout = text(child.stdout as Readable);
    return {
      child,
      says,
      ready: says('ready'),
      async ended() {
        return { end: await end, stdout: (await stdout).replace('ready\n', ''), stderr: await stderr };
      }
    };
  }

  const messages = () => server.events.map(({ record }) => record['message']);
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `record ${index + 1}`);
  const kept = (lines = readFileSync(exitFile, 'utf8')) =>
    lines.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const keptMessages = (lines?: string) => kept(lines).map(({ message }) => message);

  describe('without handleExit', () => {
    it('is put off by pending records until they have arrived', async () => {
      expect(await run({ mode: 'end', count: 1000 }).ended()).to.deep.equal({ end: 0, stdout: '', stderr: '' });
      expect(messages()).to.deep.equal(numbered(1000));
    });

    it('keeps the exit code of a program that simply ends', async () => {
      expect((await run({ mode: 'end with a code', count: 1 }).ended()).end).to.equal(4);
    });

    for (const [what, misbehave] of [
      ['refuses connections', () => server.refuse()],
      ['takes records and does not acknowledge them', () => server.forgetAcks()],
      ['does not read', () => server.stall()]
    ] as const) {
      it(`is put off for exitTimeout at most by a receiver that ${what}`, async () => {
        await misbehave();
        const { end, stderr } = await run({ mode: 'end', count: 10, exitTimeout: 200 }).ended();
        expect(end).to.equal(0);
        expect(stderr).to.match(/^logflume: FluentdTarget: 10 record\(s\) lost, as the process ended; dispose of/);
      });
    }

    it('is put off for exitTimeout at most by an attempt that keeps the process alive by itself', async () => {
      const { end, stderr } = await run({ mode: 'be busy and end' }).ended();
      expect(end).to.equal(0);
      expect(stderr).to.match(/^logflume: busy: 1 record\(s\) lost, as the process ended/);
    });

    it('is put off until a deadline that somebody awaits, for longer than exitTimeout', async () => {
      await server.refuse();
      const plan = { mode: 'dispose, with nothing else to do', count: 10, exitTimeout: 0 };
      expect(await run(plan).ended()).to.deep.equal({ end: 0, stdout: '10 lost\n', stderr: '' });
    });

    it('is not put off for ever by what is logged whenever it comes', async () => {
      expect((await run({ mode: 'log whenever it is about to end' }).ended()).end).to.equal(0);
      expect(messages()).to.include('bye');
    });

    it('tells at process.exit() how much is lost', async () => {
      const { end, stderr } = await run({ mode: 'exit', count: 10 }).ended();
      expect(end).to.equal(3);
      expect(stderr).to.contain('FluentdTarget: 10 record(s) lost').and.to.contain('handleExit');
    });

    for (const mode of ['outage', 'always'] as const) {
      it(`loses nothing at process.exit() with a spool, mode ${mode}, and the next process sends it first`, async () => {
        await server.refuse();
        const spool = { directory: join(folder, 'spool'), mode };
        expect(await run({ mode: 'exit', count: 10, spool }).ended()).to.deep.equal({ end: 3, stdout: '', stderr: '' });
        await server.heal();
        expect((await run({ mode: 'end', count: 2, spool }).ended()).end).to.equal(0);
        expect(messages()).to.deep.equal([...numbered(10), ...numbered(2)]);
      });
    }

    it('is not put off by a receiver that is away when everything is kept in a spool', async () => {
      await server.refuse();
      const spool = { directory: join(folder, 'spool') };
      const { end, stderr } = await run({ mode: 'end', count: 10, exitTimeout: 600_000, spool }).ended();
      expect([end, stderr]).to.deep.equal([0, '']);
    });

    it('tells how much has been lost in all, of which no warning could tell', async () => {
      const { stderr } = await run({ mode: 'overflow and exit' }).ended();
      expect(stderr).to.match(/^logflume: deaf: 1 record\(s\) lost, as the process ended/);
      expect(stderr).to.match(/98 record\(s\) lost \(queue full\).*\n$/);
    });

    it('hands what is pending at process.exit() to the fallback', async () => {
      const { stdout, stderr } = await run({ mode: 'exit', count: 3, fallback: 'console' }).ended();
      expect(stdout).to.equal('record 1\nrecord 2\nrecord 3\n');
      expect(stderr).to.equal('');
    });

    it('counts once what is just being handed to a fallback', async () => {
      const { stdout } = await run({ mode: 'exit while the fallback hangs' }).ended();
      expect(stdout).to.equal('1\n4 fell back, 0 lost, 0 pending\n');
    });

    it('writes what is logged on the console after the last turn', async () => {
      const { stdout } = await run({ mode: 'log on the console while it exits' }).ended();
      expect(stdout).to.equal('before\nfrom a listener of exit\n');
    });
  });

  describe('with handleExit', () => {
    const exit = { timeout: 15_000 };

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      it(`by ${signal} comes when everything has been delivered, and is by ${signal}`, async () => {
        const { child, ready, ended } = run({ mode: 'live', count: 1000, exit });
        await ready;
        child.kill(signal);
        expect(await ended()).to.deep.equal({ end: signal, stdout: '', stderr: '' });
        expect(messages()).to.deep.equal(numbered(1000));
      });
    }

    it('is left alone by signals that are not asked for', async () => {
      const { child, ready, ended } = run({ mode: 'live', count: 3, exit: { ...exit, signals: ['SIGUSR2'] } });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      expect(messages()).to.deep.equal([]);
    });

    it('keeps what cannot be delivered in time after a signal', async () => {
      server.forgetAcks();
      const { child, ready, ended } = run({ mode: 'live', count: 1000, exit: { timeout: 100, exitFile } });
      await ready;
      child.kill('SIGTERM');
      expect(await ended()).to.deep.equal({ end: 'SIGTERM', stdout: '', stderr: '' });
      expect(keptMessages()).to.deep.equal(numbered(1000));
    });

    it('keeps what is logged while it goes on', async () => {
      server.forgetAcks();
      const { child, ready, ended } = run({ mode: 'live and log on', count: 1, exit: { timeout: 200, exitFile } });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      const reasons = new Set(kept().map(({ fellBack }) => fellBack[0].reason));
      expect(Array.from(reasons).toSorted()).to.deep.equal(['disposed', 'out of time']);
    });

    it('comes at once at a second Ctrl-C, and loses nothing', async () => {
      server.forgetAcks();
      const { child, ready, ended } = run({ mode: 'live', count: 10, exit: { timeout: 600_000, exitFile } });
      await ready;
      child.kill('SIGINT');
      await server.received(10);
      child.kill('SIGINT');
      expect((await ended()).end).to.equal('SIGINT');
      expect(keptMessages()).to.deep.equal(numbered(10));
    });

    it('does not come earlier at a second SIGTERM', async () => {
      server.stall();
      const { child, ready, says, ended } = run({ mode: 'live', count: 10, exit });
      const connected = server.nextConnection();
      await ready;
      child.kill('SIGTERM');
      await connected;
      child.kill('SIGTERM');
      child.kill('SIGUSR2');
      await says('still here');
      await server.heal();
      expect(await ended()).to.deep.equal({ end: 'SIGTERM', stdout: 'still here\n', stderr: '' });
      expect(messages()).to.deep.equal(numbered(10));
    });

    it('waits for all factories', async () => {
      const { child, ready, ended } = run({ mode: 'live, with a second factory', count: 2, exit });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      expect(messages()).to.have.members(['record 1', 'record 2', 'second 1']);
    });

    it('is left to another listener of the signal that ends the process itself', async () => {
      const { child, ready, ended } = run({
        mode: 'live, with a listener that ends it',
        count: 3,
        exit: { ...exit, exitFile }
      });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal(7);
      expect(messages()).to.deep.equal(numbered(3));
      expect(keptMessages()).to.deep.equal(['last request served']);
    });

    it('comes within the timeout though another listener does not end the process', async () => {
      const { child, ready, ended } = run({
        mode: 'live, with a listener that does not end it',
        count: 3,
        exit: { timeout: 200 }
      });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      expect(messages()).to.deep.equal(numbered(3));
    });

    it('by an uncaught exception is logged, and is as ever', async () => {
      const { end, stderr } = await run({ mode: 'throw', count: 1000, exit }).ended();
      expect(end).to.equal(1);
      expect(stderr).to.contain('TypeError: nobody catches this').and.to.contain('exit-child');
      expect(messages()).to.deep.equal([...numbered(1000), 'uncaught exception']);
      expect(server.events.at(-1)?.record).to.deep.include({ level: 'CRITICAL', logger: 'process' });
      expect(server.events.at(-1)?.record['error']).to.deep.include({
        type: 'TypeError',
        message: 'nobody catches this'
      });
    });

    it('by an uncaught exception comes within the timeout though another listener does not end the process', async () => {
      const { end } = await run({
        mode: 'throw, with a listener that does not end it',
        count: 3,
        exit: { timeout: 200 }
      }).ended();
      expect(end).to.equal(1);
      expect(messages()).to.deep.equal([...numbered(3), 'uncaught exception']);
    });

    it('by something thrown that is no error is logged too', async () => {
      expect((await run({ mode: 'throw null', exit }).ended()).end).to.equal(1);
      expect(messages()).to.deep.equal(['uncaught exception: null']);
    });

    it('by an unhandled rejection is logged, and is as ever', async () => {
      const { end, stderr } = await run({ mode: 'reject', count: 10, exit }).ended();
      expect(end).to.equal(1);
      expect(stderr).to.contain('TypeError: nobody handles this');
      expect(messages()).to.deep.equal([...numbered(10), 'unhandled rejection']);
    });

    it('is not looked at for errors with uncaught: false', async () => {
      const { end, stderr } = await run({ mode: 'throw', count: 3, exit: { uncaught: false, exitFile } }).ended();
      expect(end).to.equal(1);
      expect(stderr).to.contain('TypeError: nobody catches this');
      expect(keptMessages()).to.deep.equal(numbered(3));
    });

    it('by process.exit() leaves what is pending in the exitFile, for nobody else to read', async () => {
      const { end, stderr } = await run({ mode: 'exit', count: 1000, exit: { exitFile } }).ended();
      expect({ end, stderr }).to.deep.equal({ end: 3, stderr: '' });
      expect(keptMessages()).to.deep.equal(numbered(1000));
      expect(statSync(exitFile).mode & 0o777).to.equal(0o600);
    });

    it('appends to what is in the exitFile', async () => {
      await run({ mode: 'exit', count: 1, exit: { exitFile } }).ended();
      await run({ mode: 'exit', count: 2, exit: { exitFile } }).ended();
      expect(keptMessages()).to.deep.equal(['record 1', 'record 1', 'record 2']);
    });

    it('makes no exitFile if nothing is pending', async () => {
      await run({ mode: 'end', count: 3, exit: { exitFile } }).ended();
      expect(() => readFileSync(exitFile)).to.throw('ENOENT');
      expect(messages()).to.deep.equal(numbered(3));
    });

    it('writes what is pending to stderr without an exitFile', async () => {
      const { end, stderr } = await run({ mode: 'exit', count: 1000, exit: {} }).ended();
      expect(end).to.equal(3);
      expect(keptMessages(stderr)).to.deep.equal(numbered(1000));
    });

    it('writes what is pending to stderr if the exitFile cannot be opened', async () => {
      const { stderr } = await run({ mode: 'exit', count: 3, exit: { exitFile: join(exitFile, 'none') } }).ended();
      expect(stderr).to.match(/^logflume: FluentdTarget: the exitFile cannot be written/);
      expect(keptMessages(stderr)).to.deep.equal(numbered(3));
    });

    it('keeps what an explicit dispose has no time for', async () => {
      server.forgetAcks();
      const { stdout } = await run({ mode: 'dispose and exit', count: 5, exit: { exitFile } }).ended();
      expect(stdout).to.equal('5 fell back, 0 lost\n');
      expect(keptMessages()).to.deep.equal(numbered(5));
    });

    it('keeps live records whole, with the target and the reason', async () => {
      await run({ mode: 'keep live records', exit: { exitFile } }).ended();
      const [first, second] = kept();
      const fellBack = [{ from: 'deaf', reason: 'out of time' }];
      expect(first).to.deep.include({ level: 'ERROR', logger: 'Deaf', message: 'payment failed', fellBack });
      expect(first.fellBack_).to.equal('own');
      expect(second.error).to.deep.include({ type: 'Error', message: 'card refused' });
    });

    it('keeps the records of targets that are added later', async () => {
      await run({ mode: 'add a target later and exit', exit: { exitFile } }).ended();
      expect(keptMessages()).to.deep.equal(['to a target that was added later']);
    });

    it('keeps what a transport throws at', async () => {
      expect((await run({ mode: 'fail to send and exit', exit: { exitFile } }).ended()).end).to.equal(3);
      expect(keptMessages()).to.have.members(['by a transport that throws', 'by another']);
    });

    it('keeps what the fallback cannot deliver either, once', async () => {
      server.forgetAcks();
      const plan = { count: 5, fallback: 'fluentd', exit: { timeout: 100, exitFile } } as const;
      const { child, ready, ended } = run({ mode: 'live', ...plan });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      expect(keptMessages()).to.deep.equal(numbered(5));
      expect(kept()[0].fellBack.at(-1)).to.deep.equal({ from: 'second', reason: 'out of time' });
    });

    it('keeps what a listener of exit logs', async () => {
      await run({ mode: 'log while it exits', count: 1, exit: { exitFile } }).ended();
      expect(keptMessages()).to.deep.equal(['record 1', 'from a listener of exit']);
    });

    it('keeps the records before one whose value ends the process', async () => {
      const { end } = await run({ mode: 'exit while a value is read', count: 3, exit: { exitFile } }).ended();
      expect(end).to.equal(3);
      expect(keptMessages()).to.deep.equal(numbered(3));
    });

    it('flushes targets that have a buffer of their own', async () => {
      expect((await run({ mode: 'buffer and end', exit }).ended()).stdout).to.equal('from the buffer\n');
    });
  });

  describe('in a worker thread with handleExit', () => {
    const exit = { timeout: 15_000 };

    it('comes when everything has been delivered', async () => {
      expect((await run({ mode: 'worker: end', count: 1000, exit }).ended()).stdout).to.equal('exit: 0\n');
      expect(messages()).to.deep.equal(numbered(1000));
    });

    it('by process.exit() leaves what is pending in the exitFile', async () => {
      const { stdout } = await run({ mode: 'worker: exit', count: 1000, exit: { exitFile } }).ended();
      expect(stdout).to.equal('exit: 3\n');
      expect(keptMessages()).to.deep.equal(numbered(1000));
    });

    it('by a signal comes when the worker has delivered too', async () => {
      const { child, ready, ended } = run({ mode: 'worker: live in a worker', count: 1000, exit });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      expect(messages()).to.deep.equal(numbered(1000));
    });

    it('by a signal leaves in the exitFile what the worker has no time for', async () => {
      server.forgetAcks();
      const { child, ready, ended } = run({
        mode: 'worker: live in a worker',
        count: 10,
        exit: { timeout: 3000, exitFile } // a tenth of it is left for the way back
      });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
      expect(keptMessages()).to.deep.equal(numbered(10));
    });

    it('does not wait for a worker that was terminated', async () => {
      const { child, ready, ended } = run({ mode: 'a worker that is terminated', exit: { timeout: 600_000 } });
      await ready;
      child.kill('SIGTERM');
      expect((await ended()).end).to.equal('SIGTERM');
    });

    it('by an uncaught exception is logged, and told to the parent', async () => {
      const { stdout } = await run({ mode: 'worker: throw', count: 10, exit }).ended();
      expect(stdout).to.equal('error: nobody catches this\nexit: 1\n');
      expect(messages()).to.deep.equal([...numbered(10), 'uncaught exception']);
    });
  });

  describe('in a cluster worker with handleExit', () => {
    for (const [what, signal] of [
      ['worker.kill()', 'SIGUSR1'],
      ['a signal', 'SIGUSR2']
    ] as const) {
      it(`by ${what} comes when everything has been delivered`, async () => {
        const { child, ready, ended } = run({ mode: 'cluster', count: 1000, exit: { timeout: 15_000 } });
        await ready;
        child.kill(signal);
        expect((await ended()).stdout).to.equal('exit: SIGTERM\n');
        expect(messages()).to.deep.equal(numbered(1000));
      });
    }

    it('after the death of the primary, leaves what is pending in the exitFile', async () => {
      const { child, ready, ended } = run({ mode: 'cluster', count: 1000, exit: { exitFile } });
      await ready;
      child.kill('SIGKILL');
      await ended(); // the worker has closed the pipes too
      expect([...messages(), ...keptMessages()]).to.deep.equal(numbered(1000));
    });
  });
});

describe('LoggerFactory.handleExit', () => {
  it('checks its options', () => {
    const handle = (options: object) => () => new LoggerFactory().handleExit(options);
    expect(handle({ signals: ['SIGKILL'] })).to.throw(RangeError, /handleExit: signals must be an array of signals/);
    expect(handle({ signals: 'SIGTERM' })).to.throw(TypeError, /signals must be an array of signals that end/);
    expect(handle({ timeout: -1 })).to.throw(RangeError, 'handleExit: timeout must be a number of milliseconds');
    expect(handle({ uncaught: 1 })).to.throw(TypeError, 'handleExit: uncaught must be true or false, got 1');
    expect(handle({ exitFile: '' })).to.throw(RangeError, 'handleExit: exitFile must be a string that is not empty');
    expect(handle({ file: 'x' })).to.throw(TypeError, "handleExit has no option 'file'");
  });

  it('leaves no listener behind after dispose', async () => {
    const events = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException'];
    const counts = () => events.map(event => process.listenerCount(event));
    const before = counts();
    const [one, other] = [new LoggerFactory().handleExit(), new LoggerFactory().handleExit({ uncaught: false })];
    expect(counts()).to.deep.equal(before.map(count => count + 1));
    await one.dispose();
    expect(counts()).to.deep.equal([...before.slice(0, 3).map(count => count + 1), before[3]]);
    await other.dispose();
    expect(counts()).to.deep.equal(before);
  });

  it('may be called once, and not after dispose', async () => {
    const factory = new LoggerFactory().handleExit();
    expect(() => factory.handleExit()).to.throw('handleExit: it has been called before');
    await factory.dispose();
    expect(() => factory.handleExit()).to.throw('handleExit: the factory has been disposed of');
  });
});
