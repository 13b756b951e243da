import { chance } from '../../core/chance.js';
import { pick } from '../../core/check.js';
import { systemClock } from '../../core/clock.js';
import { targetTypes } from '../../core/config/target-types.js';
import { version } from '../../core/version.js';
import { type FlushOptions, flushRules } from '../../delivery/flush-target.js';
import type { Dial } from '../../wire/dial.js';
import type { ServerOptions } from '../../wire/server-list.js';
import { WireLogTarget } from '../../wire/target.js';
import type { TlsOptions } from '../../wire/tls.js';
import type { Transport } from '../../wire/transport.js';
import { BeatsTransport } from './beats-transport.js';
import { configuredFormatter, formatterRule } from './configured-formatter.js';
import { eventEncoder } from './encoder.js';
import type { EventFormatter } from './formatter.js';
import { secretsOf } from './http-secrets.js';
import { HttpTransport } from './http-transport.js';
import { LinesTransport } from './lines-transport.js';
import { LogstashFormatter } from './logstash-formatter.js';
import { checkLogstash, type LogstashSetup, logstashRules } from './options.js';
import { UdpTransport } from './udp-transport.js';

export interface LogstashOptions extends FlushOptions {
  /**
   * Which input of Logstash is at the other end, or a `Transport` of your own. Default: `tcp`.
   *
   * - `beats`: acknowledged, compressed: what is acknowledged is in Logstash's queue. At least once.
   * - `http`: answered: the same.
   * - `tcp`, with the codec `json_lines`: nothing is acknowledged. What the kernels hold when a connection breaks is lost.
   * - `udp`, with the codec `json`: one datagram for each record, and nobody knows which arrive.
   */
  readonly transport?: 'tcp' | 'udp' | 'http' | 'beats' | Transport;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 5044 for `beats`, 8080 for `http`, as in Logstash; for `tcp` and `udp` there is none. */
  readonly port?: number;
  /** true, or how to secure connections with TLS; not for `udp`. Default: false. */
  readonly tls?: boolean | TlsOptions;
  /**
   * Several receivers, in place of `host` and `port`: batches go to them in rotation by weight, and to others when one
   * fails; with `standby` a receiver is used only then. Not for `udp`. Records of different batches may change their order.
   */
  readonly servers?: readonly ServerOptions[];
  /** Opens connections, in place of `host` and `port`. Not for `udp`. */
  readonly dial?: Dial;
  /** For `http`: where to post, `https://host:port/path`, in place of `host`, `port`, `tls: true` and `path`. */
  readonly url?: string;
  /** For `http`: the path to post to. Default: `/`. */
  readonly path?: string;
  /** For `http`: headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For `http`: credentials (basic authentication). Needs `password`. */
  readonly username?: string;
  readonly password?: string;
  /**
   * For `http`: one JSON array, which is what Logstash understands unless it is told otherwise; or JSON lines, as
   * `application/x-ndjson`. Default: `json`.
   */
  readonly bodyFormat?: 'json' | 'ndjson';
  /** For `beats` (zlib) and `http` (gzip): whether batches are compressed. Default: true for `beats`, false for `http`. */
  readonly compress?: boolean;
  /** Makes the events. Default: a `LogstashFormatter`. */
  readonly formatter?: EventFormatter;
  /**
   * Milliseconds without any sign of life of the receiver before the batch is sent again on a new connection: `beats`, no
   * acknowledgement; `http`, no answer; `tcp`, nothing of the batch taken. Logstash, while it is blocked, was seen to answer
   * a request after 48 s; over Beats it says every 5 s that it is at work. Default: 60 000.
   */
  readonly ackTimeout?: number;
  /** Milliseconds that opening a connection may take. Default: 10 000. */
  readonly connectTimeout?: number;
  /** For `tcp` and `beats`: milliseconds after which a connection is opened anew, for load balancers. Default: Infinity. */
  readonly reconnectInterval?: number;
  /** For `tcp` and `beats`: milliseconds after which a connection that is not used is closed. Default: Infinity. */
  readonly idleTimeout?: number;
  /** With `servers`: milliseconds that one which has failed is left alone. Default: 10 000. */
  readonly recoverWait?: number;
  /**
   * For `udp`: bytes of a datagram at most, from 1024 to 65 507. Of a record that needs more the longest texts are cut, and
   * marked. Default: 8192. What does not fit into a packet of the network (1472 bytes in an Ethernet) is lost more easily.
   */
  readonly maxDatagramBytes?: number;
  /** How many maps and arrays may be inside each other in a record. Default: 32; Elasticsearch indexes 20 by default. */
  readonly maxDepth?: number;
  /** Bytes of an event at most; of a larger one the longest texts are cut, and marked. Default: 1 MiB. Not for `udp`. */
  readonly maxRecordBytes?: number;
}

/**
 * Sends records to Logstash, or whatever takes JSON lines, posts of JSON, or the Beats protocol. Each becomes the event that
 * its formatter makes of it.
 */
export class LogstashTarget extends WireLogTarget {
  constructor(options: LogstashOptions = {}) {
    const setup = checkLogstash(options);
    const encoder = eventEncoder({
      formatter: setup.formatter ?? new LogstashFormatter(),
      instead: new LogstashFormatter(),
      // Pipelines for Beats commonly make the index's name of it.
      ...(setup.transport === 'beats' && { metadata: { beat: 'logflume', type: '_doc', version } }),
      maxDepth: setup.maxDepth,
      maxRecordBytes: setup.maxRecordBytes,
      onError: error => this.report({ kind: 'error', target: this.name, what: 'formatter', error })
    });
    const complain = (what: string, error: unknown) => this.report({ kind: 'error', target: this.name, what, error });
    const random = chance(setup.random, error => complain('random', error));
    const transport = transportOf(setup, random, (server, error) => complain(`server ${server}`, error));
    super(encoder, transport, pick(flushRules, options));
  }
}

targetTypes.set('logstash', {
  rules: { ...flushRules, ...logstashRules, formatter: formatterRule },
  make: ({ formatter, ...options }, common) =>
    new LogstashTarget({
      ...common,
      ...options,
      ...(formatter !== undefined && { formatter: configuredFormatter(formatter) })
    })
});

function transportOf(
  setup: LogstashSetup,
  random: () => number,
  onDown: (server: string, error: unknown) => void
): Transport {
  const { transport, compress } = setup;
  if (typeof transport === 'object') return transport;
  const clock = setup.clock ?? systemClock;
  if (transport === 'udp') return new UdpTransport({ ...setup, clock });
  const links = {
    ...setup,
    clock,
    random,
    onDown: ({ name }: { name: string }, error: unknown) => onDown(name, error)
  };
  if (transport === 'tcp') return new LinesTransport(links);
  return transport === 'beats'
    ? new BeatsTransport({ ...links, compress: compress ?? true })
    : new HttpTransport({ ...links, compress: compress ?? false, secrets: secretsOf(setup) });
}
