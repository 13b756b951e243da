import { inflateSync } from 'node:zlib';
import { isPlainObject } from '../core/values.js';

/** A window of events that has come completely. */
export interface LumberjackWindow {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** The sequence number of the last event. */
  readonly last: number;
  /** Whether the events came in a compressed frame. */
  readonly compressed: boolean;
  /** How long it was on the wire. */
  readonly bytes: number;
}

const letters = { window: 0x57, json: 0x4a, compressed: 0x43 } as const;

/** Bytes that compressed events may have without compression. */
const maxInflated = 256 * 1024 * 1024;

/** The largest window: go-lumber's, as Logstash has no limit. */
const maxWindow = 10_000;

/**
 * Reads windows of lumberjack v2, as strictly as the two receivers that there are (the plugin logstash-input-beats and
 * go-lumber) taken together: a window that one of them does not take is an error, as they close the connection then.
 */
export class LumberjackReader {
  #bytes: Buffer = Buffer.alloc(0);
  #open:
    | { count: number; events: Record<string, unknown>[]; last: number; compressed: boolean; bytes: number }
    | undefined;

  /** The windows that `chunk` completes. Throws if it is none, and afterwards always. */
  *push(chunk: Uint8Array): Generator<LumberjackWindow> {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const size = this.#take(this.#bytes, false);
      if (size === 0) return;
      this.#bytes = this.#bytes.subarray(size);
      if (this.#open === undefined) continue;
      this.#open.bytes += size;
      const { count, ...window } = this.#open;
      if (window.events.length < count) continue;
      this.#open = undefined;
      yield window;
    }
  }

  /** Takes the frame at the beginning; returns its size, 0 if it is not complete. */
  #take(bytes: Buffer, isInner: boolean): number {
    const [version = 0x32, letter] = bytes;
    if (version !== 0x32) throw new Error(`a frame begins with '2', not with ${version}`);
    if (letter !== undefined && !Object.values<number>(letters).includes(letter)) {
      throw new Error(`there are no frames of the type ${letter}`);
    }
    if (bytes.length < 6) return 0;
    const number = bytes.readUInt32BE(2);
    if (letter === letters.window) return this.#begin(number, isInner);
    if (letter === letters.compressed) return this.#inflate(bytes, number, isInner);
    if (bytes.length < 10) return 0;
    const end = 10 + bytes.readUInt32BE(6);
    if (bytes.length < end) return 0;
    this.#add(number, bytes.subarray(10, end));
    return end;
  }

  #begin(count: number, isInner: boolean): number {
    if (isInner) throw new Error('a window stands outside of the compressed frame');
    if (this.#open !== undefined) throw new Error('a window must be complete before the next one begins');
    if (count < 1 || count > maxWindow) throw new Error(`a window has 1 to ${maxWindow} events, not ${count}`);
    this.#open = { count, events: [], last: 0, compressed: false, bytes: 0 };
    return 6;
  }

  #inflate(bytes: Buffer, size: number, isInner: boolean): number {
    if (bytes.length < 6 + size) return 0;
    if (isInner) throw new Error('a compressed frame holds no other');
    if (this.#open?.compressed) throw new Error('a window has one compressed frame');
    if (this.#open !== undefined) this.#open.compressed = true;
    let inner = inflateSync(bytes.subarray(6, 6 + size), { maxOutputLength: maxInflated });
    while (inner.length > 0) {
      const taken = this.#take(inner, true);
      if (taken === 0) throw new Error('a compressed frame holds complete frames');
      inner = inner.subarray(taken);
    }
    return 6 + size;
  }

  #add(sequence: number, json: Buffer): void {
    const window = this.#open;
    if (window === undefined) throw new Error('events stand in a window');
    if (window.events.length === window.count) throw new Error(`the window has more than its ${window.count} events`);
    const event: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    if (!isPlainObject(event)) throw new Error('an event is an object');
    for (const [key, value] of Object.entries(event)) {
      checkReference(key);
      checkType(key, value);
    }
    window.events.push(event);
    window.last = sequence;
  }
}

/** Logstash takes names at the top of an event for references to fields, and fails on those with unbalanced brackets. */
function checkReference(key: string): void {
  let depth = 0;
  for (const character of key) {
    if (character === '[') depth++;
    if (character === ']') depth--;
    if (depth < 0 || depth > 1) break;
  }
  if (depth !== 0) throw new Error(`the name ${key} is no reference to a field`);
}

/** Logstash merges these fields with those it has already, and fails on those of another type. */
function checkType(key: string, value: unknown): void {
  const isTexts = (items: unknown[]) => items.every(item => typeof item === 'string');
  if ((key === '@metadata' || key === 'event') && !isPlainObject(value)) throw new Error(`${key} is an object`);
  if (key === 'tags' && value !== null && !isTexts(Array.isArray(value) ? value : [value])) {
    throw new Error('tags are strings');
  }
}
