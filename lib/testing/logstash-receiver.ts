import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../core/clock.js';
import { isPlainObject } from '../core/values.js';
import { eventsOf, linesOf } from './logstash-events.js';
import { type HttpFaults, httpInput, type LogstashAnswer, type LogstashRequest } from './logstash-http.js';
import { type LogstashFaults, type LogstashHost, LogstashSession } from './logstash-session.js';
import type { LumberjackWindow } from './lumberjack-reader.js';
import type { StreamSession } from './stream-session.js';
import { Waiters } from './waiters.js';

/** Which input of Logstash it is. */
export type LogstashInput = 'tcp' | 'udp' | 'http' | 'beats';

/** An event that was stored. What was no JSON is one with the text as its `message`, tagged `_jsonparsefailure`. */
export interface LogstashEvent {
  readonly event: Readonly<Record<string, unknown>>;
  /** Which connection it came over, from 1; 0 for a datagram. */
  readonly connection: number;
  /** Which window, request, line or datagram brought it, from 1. */
  readonly message: number;
}

/** A window that was stored. */
export interface LogstashWindow extends LumberjackWindow {
  readonly connection: number;
}

/** A value of the kind that a field of an event has. */
type Event = Readonly<Record<string, unknown>>;

/**
 * A Logstash that receives, on streams that it is given; `LogstashServer` puts it on a port. It keeps what it was sent, and
 * behaves badly on command. Commands hold for the connections there are and those to come, until `heal`.
 */
export class LogstashReceiver {
  /** The events that were stored, in the order in which they came. */
  readonly events: LogstashEvent[] = [];
  /** The windows that were stored (`beats`). */
  readonly windows: LogstashWindow[] = [];
  /** The requests that came (`http`). */
  readonly requests: LogstashRequest[] = [];
  /** What was wrong with what made the receiver close a connection. */
  readonly errors: { readonly connection: number; readonly error: unknown }[] = [];
  readonly #input: LogstashInput;
  readonly #clock: Clock;
  readonly #faults: LogstashFaults & HttpFaults = noFaults();
  readonly #sessions = new Set<StreamSession>();
  readonly #streams = new Map<Duplex, number>();
  readonly #waiters = new Waiters();
  readonly #host: LogstashHost;
  readonly #http: Server;
  #connections = 0;
  #messages = 0;

  constructor(input: LogstashInput, clock: Clock = systemClock) {
    this.#input = input;
    this.#clock = clock;
    this.#host = this.#hostOfSessions();
    this.#http = this.#httpInput();
  }

  /** How many connections there have been. */
  get connections(): number {
    return this.#connections;
  }

  get openConnections(): number {
    return this.#streams.size;
  }

  /** Takes a new connection: what is inside of TLS, if there is any. */
  accept(stream: Duplex): void {
    const id = ++this.#connections;
    this.#streams.set(stream, id);
    stream.on('error', () => undefined); // The peer has gone; what that means is the peer's to say.
    stream.on('close', () => {
      this.#streams.delete(stream);
      this.#waiters.check();
    });
    if (this.#input === 'http') {
      if (this.#faults.stalled) stream.pause();
      else this.#http.emit('connection', stream);
    } else {
      const protocol = this.#input === 'beats' ? 'beats' : 'lines';
      this.#sessions.add(new LogstashSession(stream, id, protocol, this.#host));
    }
    this.#waiters.check();
  }

  /** Takes a datagram, which holds one event. */
  acceptDatagram(bytes: Uint8Array): void {
    this.#messages++;
    this.#store(eventsOf(Buffer.from(bytes).toString()), 0);
  }

  /** Resolves with all events when there are `count` of them. */
  async received(count: number): Promise<readonly LogstashEvent[]> {
    await this.#waiters.until(() => this.events.length >= count);
    return this.events;
  }

  /** Resolves with all requests when there are `count` of them. */
  async requested(count: number): Promise<readonly LogstashRequest[]> {
    await this.#waiters.until(() => this.requests.length >= count);
    return this.requests;
  }

  /** Resolves when there have been `count` connections. */
  connected(count: number): Promise<void> {
    return this.#waiters.until(() => this.#connections >= count);
  }

  /** Resolves when no connection is open. */
  allClosed(): Promise<void> {
    return this.#waiters.until(() => this.#streams.size === 0);
  }

  /** The events that came again: those whose `key` is that of an earlier one. */
  duplicates(key: (event: Event) => unknown): LogstashEvent[] {
    const seen = new Set<unknown>();
    return this.events.filter(({ event }) => seen.size === seen.add(key(event)).size);
  }

  /** Forgets events, windows, requests and errors. */
  clear(): void {
    for (const list of [this.events, this.windows, this.requests, this.errors]) list.length = 0;
  }

  /** Resets all open connections (RST). */
  reset(): void {
    for (const session of this.#sessions) session.reset();
    for (const stream of this.#streams.keys()) stream.destroy();
  }

  /** Resets one connection later, once: its last window is not acknowledged, or what it sent is cut in the middle. */
  resetAfter(point: { readonly windows: number } | { readonly bytes: number }): void {
    if ('windows' in point) this.#faults.windowsUntilReset = point.windows;
    else this.#faults.bytesUntilReset = point.bytes;
  }

  /** Ends the sending side of all open connections (FIN), and goes on reading. */
  halfClose(): void {
    for (const session of this.#sessions) session.halfClose();
  }

  /** Stops reading: the sender's buffers fill up. */
  stall(): void {
    this.#faults.stalled = true;
    for (const session of this.#sessions) session.stall();
    if (this.#input === 'http') for (const stream of this.#streams.keys()) stream.pause();
  }

  /** `beats`: stores windows and does not acknowledge them, but says every `interval` milliseconds that it is at work. */
  block(interval = 5000): void {
    this.#faults.blockedInterval = interval;
  }

  /** `beats`, `http`: sends every acknowledgement or answer `ms` milliseconds late. */
  delayAcks(ms: number): void {
    this.#faults.ackDelay = ms;
    this.#faults.answerDelay = ms;
  }

  /** `beats`: stores the next windows and sends no acknowledgement; `http`: stores the next requests and hangs up. */
  forgetAcks(count = Number.POSITIVE_INFINITY): void {
    this.#faults.acksToForget = count;
    this.#faults.answersToForget = count;
  }

  /** `beats`: acknowledges one event more than the next windows have. */
  wrongAcks(count = Number.POSITIVE_INFINITY): void {
    this.#faults.wrongAcks = count;
  }

  /** `beats`: acknowledges every `step` events before the whole window. */
  partialAcks(step: number): void {
    this.#faults.partialAcks = step;
  }

  /** `beats`: stores and acknowledges the first half of each of the next windows, and closes the connection. */
  halveWindows(count = 1): void {
    this.#faults.windowsToHalve = count;
  }

  /** `beats`: sends acknowledgements byte by byte, one each millisecond. */
  splitAcks(): void {
    this.#faults.ackStyle = 'split';
  }

  /** `beats`: reads the next windows and neither stores nor acknowledges them, as a server that crashes. */
  discard(count = Number.POSITIVE_INFINITY): void {
    this.#faults.windowsToDiscard = count;
  }

  /** `http`: answers the next `count` requests with this, and stores nothing of them. */
  answer(answer: LogstashAnswer, count = 1): void {
    for (let index = 0; index < count; index++) this.#faults.answers.push(answer);
  }

  /** `http`: answers bodies of more than `bytes` bytes with 413. */
  limitBody(bytes: number): void {
    this.#faults.maxBody = bytes;
  }

  /** `http`: answers requests with an event of which `isBad` is true with 400. */
  rejectEvents(isBad: (event: Event) => boolean): void {
    this.#faults.isBad = event => isPlainObject(event) && isBad(event);
  }

  /** `http`: answers requests without these credentials with 401. */
  requireLogin(username: string, password: string): void {
    this.#faults.credentials = `${username}:${password}`;
  }

  /** Ends all misbehaviour, and lets those in that `requireLogin` kept out. What was delayed still comes late. */
  async heal(): Promise<void> {
    const { stalled } = this.#faults;
    Object.assign(this.#faults, noFaults());
    for (const session of this.#sessions) session.resume();
    if (this.#input === 'http' && stalled) for (const stream of this.#streams.keys()) stream.destroy();
  }

  #store(events: readonly Event[], connection: number): void {
    for (const event of events) this.events.push({ event, connection, message: this.#messages });
    this.#waiters.check();
  }

  #hostOfSessions(): LogstashHost {
    return {
      clock: this.#clock,
      faults: this.#faults,
      storeLine: (line, session) => {
        this.#messages++;
        const text = line.toString();
        if (text.trim() !== '') this.#store(eventsOf(text), session.id);
      },
      storeWindow: (window, session) => {
        this.#messages++;
        this.windows.push({ ...window, connection: session.id });
        this.#store(window.events, session.id);
      },
      fail: (error, session) => {
        this.errors.push({ connection: session.id, error });
        this.#waiters.check();
      },
      forget: session => this.#sessions.delete(session)
    };
  }

  #httpInput(): Server {
    const host = {
      clock: this.#clock,
      faults: this.#faults,
      store: (text: string, contentType: string | undefined, connection: number) => {
        const isJson = contentType?.split(';')[0] === 'application/json';
        const events = isJson
          ? eventsOf(text)
          : contentType === 'application/x-ndjson'
            ? linesOf(text)
            : [{ message: text }];
        if (events.some(event => this.#faults.isBad(event))) return false;
        this.#messages++;
        this.#store(events, connection);
        return true;
      },
      note: (request: LogstashRequest) => {
        this.requests.push(request);
        this.#waiters.check();
      }
    };
    return httpInput(host, (request: IncomingMessage) => this.#streams.get(request.socket) ?? 0);
  }
}

function noFaults(): LogstashFaults & HttpFaults {
  return {
    stalled: false,
    bytesUntilReset: Number.POSITIVE_INFINITY,
    windowsUntilReset: Number.POSITIVE_INFINITY,
    ackDelay: 0,
    ackStyle: 'whole',
    acksToForget: 0,
    wrongAcks: 0,
    windowsToDiscard: 0,
    partialAcks: 0,
    windowsToHalve: 0,
    blockedInterval: 0,
    answers: [],
    answersToForget: 0,
    answerDelay: 0,
    maxBody: Number.POSITIVE_INFINITY,
    isBad: () => false,
    credentials: undefined
  };
}
