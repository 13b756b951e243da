import type { Duplex } from 'node:stream';
import { LumberjackReader, type LumberjackWindow } from './lumberjack-reader.js';
import { type StreamFaults, type StreamHost, StreamSession } from './stream-session.js';

/** How a receiver behaves. */
export interface LogstashFaults extends StreamFaults {
  /** Windows until the connection that sent the last of them is reset, before its acknowledgement. */
  windowsUntilReset: number;
  /** One write for each acknowledgement, or one for each of its bytes. */
  ackStyle: 'whole' | 'split';
  /** Windows that will be stored and not acknowledged. */
  acksToForget: number;
  /** Windows of which one event more will be acknowledged than they have. */
  wrongAcks: number;
  /** Windows that will be read and neither stored nor acknowledged. */
  windowsToDiscard: number;
  /** After how many events each an acknowledgement is sent before that of the whole window; 0: none is. */
  partialAcks: number;
  /** Windows of which the first half will be stored and acknowledged, and the connection then reset. */
  windowsToHalve: number;
  /** Windows are stored and not acknowledged, while keepalives are sent every so many milliseconds; 0: they are not. */
  blockedInterval: number;
}

/** What a session needs from its receiver. */
export interface LogstashHost extends StreamHost {
  readonly faults: LogstashFaults;
  /** A line of JSON has come, without its newline. */
  storeLine(line: Buffer, session: LogstashSession): void;
  storeWindow(window: LumberjackWindow, session: LogstashSession): void;
}

/** One connection of a Logstash that receives, on any stream: lines, or windows that it acknowledges. */
export class LogstashSession extends StreamSession {
  readonly #host: LogstashHost;
  readonly #protocol: 'lines' | 'beats';
  readonly #windows = new LumberjackReader();
  /** What has come of a line. */
  #line: Buffer[] = [];
  /** The sequence number that is to be acknowledged when the receiver is not blocked any more. */
  #blocked: number | undefined;
  #keepAlive: unknown;

  constructor(stream: Duplex, id: number, protocol: 'lines' | 'beats', host: LogstashHost) {
    super(stream, id, host);
    this.#host = host;
    this.#protocol = protocol;
  }

  /** Goes on reading, and acknowledges what was held back. */
  override resume(): void {
    this.#host.clock.clearTimeout(this.#keepAlive);
    if (this.#blocked !== undefined) this.#send(this.#blocked);
    this.#blocked = undefined;
    super.resume();
  }

  protected override take(bytes: Buffer): void {
    if (this.#protocol === 'lines') this.#takeLines(bytes);
    else this.#takeWindows(bytes);
  }

  /** Logstash takes what it has of a line then, and closes. */
  protected override ended(): void {
    const rest = Buffer.concat(this.#line.splice(0));
    if (rest.length > 0) this.#host.storeLine(rest, this);
    super.ended();
  }

  protected override closed(): void {
    this.#host.clock.clearTimeout(this.#keepAlive);
    super.closed();
  }

  #takeLines(bytes: Buffer): void {
    let begin = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, begin)) {
      this.#line.push(bytes.subarray(begin, end));
      begin = end + 1;
      this.#host.storeLine(Buffer.concat(this.#line.splice(0)), this);
    }
    if (begin < bytes.length) this.#line.push(bytes.subarray(begin));
  }

  #takeWindows(bytes: Buffer): void {
    for (const window of this.#windows.push(bytes)) {
      this.#takeWindow(window);
      if (this.stream.destroyed) return;
    }
  }

  #takeWindow(window: LumberjackWindow): void {
    const { faults } = this.#host;
    if (faults.windowsToDiscard > 0) {
      faults.windowsToDiscard--;
      return;
    }
    if (faults.windowsToHalve > 0) {
      faults.windowsToHalve--;
      const half = Math.ceil(window.events.length / 2);
      this.#host.storeWindow({ ...window, events: window.events.slice(0, half) }, this);
      this.stream.write(ackFrame(half));
      this.stream.end();
      return;
    }
    this.#host.storeWindow(window, this);
    if (--faults.windowsUntilReset <= 0) {
      faults.windowsUntilReset = Number.POSITIVE_INFINITY;
      this.reset();
    } else this.#acknowledge(window);
  }

  #acknowledge({ last, events }: LumberjackWindow): void {
    const { faults } = this.#host;
    if (faults.acksToForget > 0) {
      faults.acksToForget--;
      return;
    }
    if (faults.wrongAcks > 0) {
      faults.wrongAcks--;
      this.#send(last + 1);
      return;
    }
    if (faults.blockedInterval > 0) {
      this.#blocked = last;
      this.#keepAliveSoon();
      return;
    }
    if (faults.partialAcks > 0) {
      for (let done = faults.partialAcks; done < events.length; done += faults.partialAcks) this.#send(done);
    }
    this.#send(last);
  }

  #keepAliveSoon(): void {
    const { clock, faults } = this.#host;
    this.#keepAlive = clock.setTimeout(() => {
      if (this.#blocked === undefined || this.stream.destroyed) return;
      this.#send(0);
      this.#keepAliveSoon();
    }, faults.blockedInterval);
  }

  #send(sequence: number): void {
    const { ackDelay, ackStyle } = this.#host.faults;
    const ack = ackFrame(sequence);
    if (ackStyle === 'whole') this.acks.send(ack, ackDelay);
    else for (const byte of ack) this.acks.send(Buffer.of(byte), ackDelay, true);
  }
}

function ackFrame(sequence: number): Buffer {
  const frame = Buffer.from([0x32, 0x41, 0, 0, 0, 0]);
  frame.writeUInt32BE(sequence, 2);
  return frame;
}
