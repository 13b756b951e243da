import { once } from 'node:events';
import { createServer } from 'node:net';
import { FluentdServer, LogstashServer } from '../../../dist/lib/testing/index.js';

/** What a receiver has stored, by the numbers of the records. */
class Stored {
  #times = new Map();

  add(seq) {
    if (typeof seq !== 'number') return; // what a client says of its own accord
    this.#times.set(seq, (this.#times.get(seq) ?? 0) + 1);
  }

  has(seq) {
    return this.#times.has(seq);
  }

  /** Different records, of those from 1 up. */
  get size() {
    return this.#times.size - (this.#times.has(0) ? 1 : 0);
  }

  get duplicates() {
    let count = 0;
    for (const times of this.#times.values()) count += times - 1;
    return count;
  }
}

/** Lines of JSON over TCP, as Logstash's tcp input reads them. Stores nothing of what it discards, and acknowledges nothing. */
class LineServer {
  #seqs = [];
  #sockets = new Set();
  #server;
  #mode = 'store';
  port = 0;

  get events() {
    return this.#seqs;
  }

  async listen() {
    this.#server = createServer(socket => this.#take(socket)).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  #take(socket) {
    this.#sockets.add(socket);
    let rest = '';
    socket.on('data', chunk => {
      if (this.#mode === 'discard') return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const seq = /"seq":(\d+)/.exec(line)?.[1];
        if (seq !== undefined) this.#seqs.push(Number(seq));
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.#mode === 'stall') socket.pause();
  }

  discard() {
    this.#mode = 'discard';
  }

  stall() {
    this.#mode = 'stall';
    for (const socket of this.#sockets) socket.pause();
  }

  async refuse() {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) {
      // While a FIN is on its way Node cannot reset, and would spin at its end.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
    server.close();
    await once(server, 'close');
  }

  async heal() {
    this.#mode = 'store';
    if (this.#server === undefined) await this.listen();
  }

  close() {
    return this.refuse();
  }
}

/** A Logstash that acknowledges. What it discards, it reads and neither acknowledges nor stores. */
class AcknowledgingLogstash {
  #server;
  #discarded = Number.POSITIVE_INFINITY;

  constructor(server) {
    this.#server = server;
  }

  get port() {
    return this.#server.port;
  }

  get events() {
    return this.#server.events;
  }

  discard() {
    this.#discarded = this.events.length;
    this.#server.forgetAcks();
  }

  stall() {
    this.#server.stall();
  }

  async refuse() {
    await this.#server.refuse();
    this.events.splice(this.#discarded);
    this.#discarded = Number.POSITIVE_INFINITY;
  }

  heal() {
    return this.#server.heal();
  }

  close() {
    return this.#server.close();
  }
}

/** A receiver that can be put into trouble: `discard`, `stall`, `refuse`, `heal`, `close`, and what it has `stored`. */
export async function startReceiver(protocol) {
  let server;
  let seqOf;
  if (protocol === 'forward') {
    server = await FluentdServer.start();
    seqOf = ({ record }) => record.seq;
  } else if (protocol === 'beats' || protocol === 'http') {
    server = new AcknowledgingLogstash(await LogstashServer.start({ input: protocol }));
    seqOf = ({ event }) => event.extra?.seq;
  } else {
    server = new LineServer();
    await server.listen();
    seqOf = seq => seq;
  }
  return {
    get port() {
      return server.port;
    },
    /** The records so far. */
    get stored() {
      const stored = new Stored();
      for (const event of server.events) stored.add(seqOf(event));
      return stored;
    },
    get count() {
      return server.events.length;
    },
    discard: () => server.discard(),
    stall: () => server.stall(),
    refuse: () => server.refuse(),
    heal: () => server.heal(),
    close: () => server.close()
  };
}
