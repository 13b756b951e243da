/**
 * Sends records to a real syslog-ng over TCP, TLS and UDP, and compares everything that it wrote with what was sent, byte
 * for byte. `.ci/syslog-ng` installs it where it is missing; ends with 1 where anything differs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LoggerFactory, type LogstashOptions, LogstashTarget, type Transport } from '../../lib/index.js';

const count = 3000;
const patience = 30_000;
const certificates = resolve('spec/certificates');
const folder = mkdtempSync(join(tmpdir(), 'syslog-ng-'));

/** Texts that a line, a terminal or a parser could stumble over. */
const texts = [
  'plain',
  'Zoë, Łódź, 東京, 😀',
  'a\nb\r\nc\td',
  '\u0000\u0001\u001b[31m\u007f\u0085\u2028\u2029',
  '\ud800 alone',
  '"quotes" and \\ and {"json":true}',
  '<13>1 2026-01-01T00:00:00Z host app - - - not a syslog header',
  `12 ${'x'.repeat(20_000)}`
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
  return address.port;
}

const inputs = { tcp: await freePort(), tls: await freePort(), udp: await freePort() };
const fileOf = (input: string) => join(folder, `${input}.log`);

function configuration(): string {
  const common = 'ip("127.0.0.1") flags(no-parse) log-msg-size(1048576)';
  const tls = `tls(key-file("${certificates}/server.key") cert-file("${certificates}/server.pem") peer-verify(optional-untrusted))`;
  const path = (input: keyof typeof inputs, more: string) => `
log {
  source { network(transport("${input}") port(${inputs[input]}) ${common} ${more}); };
  destination { file("${fileOf(input)}" template("$MSG\\n")); };
};`;
  return `@version: current
options { keep-hostname(yes); log-fifo-size(100000); stats-freq(0); };
${path('tcp', '')}${path('tls', tls)}${path('udp', 'so-rcvbuf(8388608)')}
`;
}

function start(): ChildProcess {
  const file = join(folder, 'syslog-ng.conf');
  writeFileSync(file, configuration());
  const state = ['-R', join(folder, 'persist'), '-p', join(folder, 'pid'), '-c', join(folder, 'control')];
  return spawn('syslog-ng', ['-F', '--no-caps', '-f', file, ...state], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Logs the records to syslog-ng and to memory at once; the lines that were sent, without their newlines. */
async function send(options: LogstashOptions): Promise<string[]> {
  const lines: string[] = [];
  const memory: Transport = {
    send: async batch => {
      lines.push(...Buffer.from(batch.payload).toString().trimEnd().split('\n'));
    },
    close: () => undefined
  };
  const maxRecordBytes = 8193; // as a datagram has by default, and the newline
  const factory = new LoggerFactory()
    .addTarget(new LogstashTarget(options.transport === 'udp' ? options : { ...options, maxRecordBytes }))
    .addTarget(new LogstashTarget({ transport: memory, maxRecordBytes }));
  const logger = factory.getLogger('Peer');
  for (let n = 0; n < count; n++)
    await logger.info('{text} %s', n, { n, text: texts[n % texts.length], list: [n, { n }] });
  await logger.exception('failed', new TypeError('boom', { cause: new Error('why') }));
  const { delivered, lost } = await factory.dispose({ timeout: patience });
  if (lost > 0 || delivered !== 2 * (count + 1)) throw new Error(`${delivered} were delivered, ${lost} lost`);
  return lines;
}

/** The lines of a file, as soon as there are so many; what there is when it is not written to any more. */
async function written(input: string, size: number): Promise<string[]> {
  const changes = watch(folder, { signal: AbortSignal.timeout(patience) });
  const done = new Promise<void>(resolve => {
    const look = () => readLines(input).length >= size && resolve();
    changes.on('change', look).on('close', resolve);
    look();
  });
  await done;
  changes.close();
  return readLines(input);
}

function readLines(input: string): string[] {
  try {
    return readFileSync(fileOf(input), 'utf8').trimEnd().split('\n');
  } catch {
    return []; // nothing has been written yet
  }
}

async function check(input: keyof typeof inputs, options: LogstashOptions): Promise<boolean> {
  const sent = await send({ host: '127.0.0.1', port: inputs[input], ...options });
  const found = await written(input, sent.length);
  const [expected, actual] = input === 'udp' ? [sent.toSorted(), found.toSorted()] : [sent, found];
  const wrong = expected.findIndex((line, index) => line !== actual[index]);
  const isSame = wrong < 0 && expected.length === actual.length;
  for (const line of actual) JSON.parse(line);
  console.log(
    `${input}: ${actual.length} of ${expected.length} lines were written, ${isSame ? 'all as they were sent' : 'NOT as they were sent'}`
  );
  if (wrong >= 0) console.log(`line ${wrong}:\n  ${expected[wrong]?.slice(0, 500)}\n  ${actual[wrong]?.slice(0, 500)}`);
  return isSame;
}

const ca = readFileSync(join(certificates, 'authority.pem'), 'utf8');
const syslogNg = start();
try {
  // The target tries until syslog-ng listens. UDP comes last, as nobody could tell whether it arrives.
  const results = [
    await check('tcp', { transport: 'tcp' }),
    await check('tls', { transport: 'tcp', tls: { ca, servername: 'localhost' } }),
    await check('udp', { transport: 'udp' })
  ];
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  syslogNg.kill();
  await once(syslogNg, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
