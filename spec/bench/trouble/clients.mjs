/*
 * The clients, by name, each as its documentation sets it up to lose as little as it can; `defaults` where that differs.
 * A client is made in the process that uses it.
 *
 * @typedef {object} Client
 * @property {(record: { seq: number, text: string }) => unknown} log
 * @property {() => string} told What the program could know by now.
 * @property {() => void} [atExit] Asks for whatever the client has for the end of the process.
 *
 * @typedef {object} Entry
 * @property {'forward' | 'lines' | 'beats' | 'http'} protocol
 * @property {boolean} [floods] Whether it is shown in floods only.
 * @property {boolean} [acked] Whether the protocol acknowledges.
 * @property {boolean} [fans] Whether it has several destinations.
 * @property {(ports: number[], options: { exitFile?: string }) => Promise<Client>} create
 */

import { once } from 'node:events';
import { connect } from 'node:net';

const host = '127.0.0.1';

function tally() {
  const counts = { ok: 0, failed: 0 };
  return {
    ok: () => counts.ok++,
    failed: () => counts.failed++,
    told: () => `${counts.ok} ok, ${counts.failed} failed`
  };
}

/** What a client without any answer to a log call may emit. */
function errorsOf(...emitters) {
  let errors = 0;
  for (const emitter of emitters) emitter.on('error', () => errors++);
  return () => (errors === 0 ? 'nothing' : `${errors} error event(s)`);
}

/** `make` makes the target for a port. */
function logflume(make) {
  return async (ports, { exitFile } = {}) => {
    const library = await import('../../../dist/lib/index.js');
    const factory = new library.LoggerFactory({ onFailure: () => undefined });
    for (const port of ports) factory.addTarget(make(library, port));
    const logger = factory.getLogger('trouble');
    return {
      log: record => logger.info('record', record),
      told: () => {
        const { delivered, fellBack, lost, pending } = factory.stats();
        return `${delivered} delivered, ${fellBack} fell back, ${lost} lost, ${pending} pending`;
      },
      atExit: () => factory.handleExit({ timeout: 5000, ...(exitFile !== undefined && { exitFile }) })
    };
  };
}

const fluentd = requireAck =>
  logflume(({ FluentdTarget }, port) => new FluentdTarget({ tag: 'trouble', port, requireAck }));
/** 100 000 of its events, of some 540 bytes each, are more than the 80 % of 64 MiB that records below WARNING may take. */
const logstash = transport =>
  logflume(({ LogstashTarget }, port) => new LogstashTarget({ transport, port, maxQueuedBytes: 96 * 2 ** 20 }));

/** A target as users write them: it keeps records as objects, and writes them as lines. */
const ownTarget = logflume(({ FlushLogTarget }, port) => {
  class LinesTarget extends FlushLogTarget {
    #socket;

    async logRecords(records, { signal }) {
      if (this.#socket?.destroyed ?? true) this.#socket = connect(port, host).on('error', () => undefined);
      const socket = this.#socket;
      if (socket.connecting) await once(socket, 'connect', { signal });
      const lines = records.map(({ data }) => `${JSON.stringify(data)}\n`).join('');
      if (!socket.write(lines)) await once(socket, 'drain', { signal });
    }

    close() {
      this.#socket?.destroy();
    }
  }
  return new LinesTarget();
});

function fluentOrg(options) {
  return async ([port]) => {
    const { FluentClient } = await import('@fluent-org/logger');
    const client = new FluentClient('trouble', { socket: { host, port, timeout: 3000 }, ...options });
    client.socketOn('error', () => undefined);
    const { ok, failed, told } = tally();
    return { log: record => client.emit('record', record).then(ok, failed), told };
  };
}

function fluentLogger(options) {
  return async ([port]) => {
    const { default: fluent } = await import('fluent-logger');
    // Its default is to connect again after 10 minutes, and with every record.
    const sender = fluent.createFluentSender('trouble', { host, port, reconnectInterval: 500, ...options });
    sender.on('error', () => undefined);
    const { ok, failed, told } = tally();
    return { log: record => sender.emit('record', record, error => (error ? failed() : ok())), told };
  };
}

function winstonLogstash(options) {
  return async ports => {
    const { default: winston } = await import('winston');
    const { default: Logstash } = await import('winston-logstash/lib/winston-logstash-latest.js');
    const transports = ports.map(port => new Logstash({ host, port, ...options }));
    const logger = winston.createLogger({ transports, format: winston.format.json() });
    const told = errorsOf(logger);
    return { log: record => logger.info('record', record), told };
  };
}

function pinoSocket(options) {
  return async ports => {
    const { default: pino } = await import('pino');
    const targets = ports.map(port => ({
      target: 'pino-socket',
      options: { address: host, port, mode: 'tcp', ...options }
    }));
    const stream = pino.transport(targets.length === 1 ? targets[0] : { targets });
    const told = errorsOf(stream);
    const logger = pino(stream);
    return { log: record => logger.info(record, 'record'), told };
  };
}

/** @type {Record<string, Entry>} */
export const clients = {
  'logflume Fluentd': { protocol: 'forward', acked: true, fans: true, create: fluentd(true) },
  'logflume Fluentd, no ack': { protocol: 'forward', fans: true, create: fluentd(false) },
  'logflume Logstash, Beats': { protocol: 'beats', acked: true, fans: true, create: logstash('beats') },
  'logflume Logstash, HTTP': { protocol: 'http', acked: true, fans: true, create: logstash('http') },
  'logflume Logstash, TCP': { protocol: 'lines', fans: true, create: logstash('tcp') },
  'logflume, a target of records': { protocol: 'lines', floods: true, create: ownTarget },
  '@fluent-org, ack and retry': {
    protocol: 'forward',
    acked: true,
    create: fluentOrg({ ack: { ackTimeout: 1000 }, eventRetry: { attempts: 20 } })
  },
  '@fluent-org, defaults': { protocol: 'forward', create: fluentOrg({}) },
  'fluent-logger PackedForward, ack': {
    protocol: 'forward',
    acked: true,
    create: fluentLogger({ eventMode: 'PackedForward', requireAckResponse: true, ackResponseTimeout: 1000 })
  },
  'fluent-logger, defaults': { protocol: 'forward', create: fluentLogger({}) },
  'winston-logstash, endless retries': {
    protocol: 'lines',
    fans: true,
    create: winstonLogstash({ max_connect_retries: -1 })
  },
  'winston-logstash, defaults': { protocol: 'lines', fans: true, create: winstonLogstash({}) },
  'pino-socket, recovery': {
    protocol: 'lines',
    fans: true,
    create: pinoSocket({ reconnect: true, recovery: true, recoveryQueueMaxSize: 1e9 })
  },
  'pino-socket, reconnect': { protocol: 'lines', fans: true, create: pinoSocket({ reconnect: true }) }
};
