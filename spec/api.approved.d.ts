// lib/core/channels.d.ts
export interface BatchEvent {
    readonly target: string;
    readonly batch: string;
    readonly size: number;
    readonly bytes: number;
    readonly attempt: number;
    readonly duration: number;
    readonly outcome: 'delivered' | 'failed';
    readonly error?: unknown;
}

// lib/core/check.d.ts
export interface Rule<T> {
    readonly words: string;
    readonly schema?: Readonly<Record<string, unknown>>;
    readonly fallback?: T;
    readonly judge: (value: unknown) => 'right' | 'wrong type' | 'out of range';
}

// lib/core/clock.d.ts
export interface Clock {
    now(): number;
    setTimeout(callback: () => void, delay: number): unknown;
    clearTimeout(timer: unknown): void;
}
export declare const systemClock: Clock;

// lib/core/exit.d.ts
declare const endingSignals: readonly ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'];
export type EndingSignal = (typeof endingSignals)[number];
export interface ExitOptions {
    readonly signals?: readonly EndingSignal[];
    readonly timeout?: number;
    readonly uncaught?: boolean;
    readonly exitFile?: string;
}

// lib/core/factory.d.ts
export interface LoggerFactoryOptions {
    readonly minimumLevel?: LogLevel;
    readonly onFailure?: FailureListener;
    readonly clock?: Clock;
}
export interface FactoryStats {
    readonly accepted: number;
    readonly delivered: number;
    readonly fellBack: number;
    readonly lost: number;
    readonly pending: number;
    readonly targets: readonly TargetStats[];
}
export type AnyClass = abstract new (...args: never[]) => unknown;
export declare class LoggerFactory {
    #private;
    constructor(options?: LoggerFactoryOptions);
    get minimumLevel(): LogLevel;
    set minimumLevel(value: LogLevel);
    get targets(): readonly LogTarget[];
    addTarget(target: LogTarget, route?: LogLevel | RouteOptions): this;
    removeTarget(target: LogTarget): this;
    getLogger(name: string | AnyClass): Logger;
    flush(deadline?: Deadline): Promise<FactoryStats>;
    dispose(deadline?: Deadline): Promise<FactoryStats>;
    [Symbol.asyncDispose](): Promise<void>;
    handleExit(options?: ExitOptions): this;
    stats(): FactoryStats;
}

// lib/core/failures.d.ts
export type LossReason = 
'queue full'
 | 'retries exhausted'
 | 'rejected'
 | 'out of time'
 | 'not encodable'
 | 'disposed'
 | 'target failed';
export type LogFailure = 
{
    readonly kind: 'retrying';
    readonly target: string;
    readonly count: number;
    readonly batch: string;
    readonly attempt: number;
    readonly delay: number;
    readonly error: unknown;
}
 | {
    readonly kind: 'fell back';
    readonly target: string;
    readonly count: number;
    readonly reason: LossReason;
    readonly fallback: string;
    readonly error: unknown;
}
 | {
    readonly kind: 'lost';
    readonly target: string;
    readonly count: number;
    readonly reason: LossReason;
    readonly error: unknown;
}
 | {
    readonly kind: 'error';
    readonly target: string;
    readonly what: string;
    readonly error: unknown;
};
export type FailureListener = (failure: LogFailure) => void;
export declare function describeFailure(failure: LogFailure): string;
export declare class PermanentDeliveryError extends Error {
    name: string;
}

// lib/core/last-resort.d.ts
export interface LastResort {
    readonly name: string;
    keep(records: Iterable<LogRecord>, target: string, reason: LossReason): number;
}

// lib/core/level.d.ts
export declare enum LogLevel {
    NONE = 0,
    TRACE = 5,
    DEBUG = 10,
    INFORMATION = 20,
    WARNING = 30,
    ERROR = 40,
    CRITICAL = 50
}
export declare function levelName(level: number): string;

// lib/core/logger.d.ts
export interface LoggerContext {
    readonly clock: Clock;
    readonly listener: FailureListener;
}
export declare class Logger {
    #private;
    readonly name: string;
    constructor(name: string, routes: LevelRoutes, context: LoggerContext);
    trace(message: unknown, ...args: unknown[]): Promise<void>;
    debug(message: unknown, ...args: unknown[]): Promise<void>;
    info(message: unknown, ...args: unknown[]): Promise<void>;
    warning(message: unknown, ...args: unknown[]): Promise<void>;
    warn(message: unknown, ...args: unknown[]): Promise<void>;
    error(message: unknown, ...args: unknown[]): Promise<void>;
    critical(message: unknown, ...args: unknown[]): Promise<void>;
    fatal(message: unknown, ...args: unknown[]): Promise<void>;
    exception(message: unknown, error?: unknown, ...args: unknown[]): Promise<void>;
    log(level: LogLevel, message: unknown, ...args: unknown[]): Promise<void>;
    isEnabled(level: LogLevel): boolean;
}

// lib/core/record.d.ts
export type LogData = Readonly<Record<string, unknown>>;
export declare class LogRecord {
    #private;
    readonly timestamp: number;
    readonly sequence: number;
    readonly loggerName: string;
    readonly level: LogLevel;
    readonly message: unknown;
    readonly args: readonly unknown[];
    readonly data: LogData;
    constructor(timestamp: number, sequence: number, loggerName: string, level: LogLevel, message: unknown, args?: readonly unknown[], data?: LogData);
    get time(): Date;
    get levelName(): string;
    get exception(): unknown;
    render(): string;
    toJSON(): Record<string, unknown>;
    static restore(parts: RestoredParts): LogRecord;
}
export interface RestoredParts {
    readonly timestamp: number;
    readonly sequence?: number;
    readonly loggerName: string;
    readonly level: LogLevel;
    readonly message: unknown;
    readonly text: string;
    readonly data?: LogData;
    readonly exception?: unknown;
}
export declare class ExceptionLogRecord extends LogRecord {
    #private;
    constructor(timestamp: number, sequence: number, loggerName: string, level: LogLevel, message: unknown, args: readonly unknown[] | undefined, data: LogData | undefined, exception: unknown);
    get exception(): unknown;
}

// lib/core/routes.d.ts
export interface RouteOptions {
    readonly minimumLevel?: LogLevel;
    readonly maximumLevel?: LogLevel;
    readonly loggers?: string | readonly string[];
    readonly filter?: (record: LogRecord) => boolean;
}
export declare function level(fallback: LogLevel): Rule<LogLevel>;
export declare class Route {
    #private;
    readonly target: LogTarget;
    constructor(target: LogTarget, options: RouteOptions, listener: FailureListener);
    hears(loggerName: string): boolean;
    admits(level: number, factoryMinimum: number): boolean;
    take(record: LogRecord): Promise<void> | undefined;
    settled(): Promise<void>;
    close(): void;
    stats(): TargetStats;
}
export declare class LevelRoutes {
    #private;
    trace: readonly Route[];
    debug: readonly Route[];
    information: readonly Route[];
    warning: readonly Route[];
    error: readonly Route[];
    critical: readonly Route[];
    update(routes: readonly Route[], minimum: number): void;
    at(level: number): readonly Route[];
}

// lib/core/target.d.ts
export interface Deadline {
    readonly timeout?: number;
}
export interface TargetStats {
    readonly name: string;
    readonly accepted: number;
    readonly delivered: number;
    readonly fellBack: number;
    readonly lost: number;
    readonly pending: number;
    readonly lostByReason: Readonly<Partial<Record<LossReason, number>>>;
    readonly retries: number;
    readonly pendingBytes: number;
    readonly oldestPendingAge: number;
    readonly lastError?: string;
    readonly fallback?: TargetStats;
}
export declare abstract class LogTarget {
    #private;
    get name(): string;
    abstract log(record: LogRecord): void | Promise<void>;
    flush(_deadline?: Deadline): Promise<void>;
    dispose(deadline?: Deadline): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
    stats(): TargetStats | undefined;
    get fallback(): LogTarget | undefined;
    reportTo(listener: FailureListener): void;
    keepAtExit(_resort: LastResort): void;
    protected report(failure: LogFailure): void;
}

// lib/core/values.d.ts
export type Plain = string | number | boolean | null | Plain[] | {
    [key: string]: Plain;
};

// lib/delivery/batch.d.ts
export interface Batch {
    readonly id: string;
    readonly size: number;
    readonly bytes: number;
    readonly since: number;
    readonly attempt: number;
    readonly signal: AbortSignal;
}
export interface QueuedBatch extends Batch {
    attempt: number;
    signal: AbortSignal;
    record(index: number): LogRecord;
}
export interface Packer<B extends QueuedBatch> {
    readonly size: number;
    readonly bytes: number;
    add(record: LogRecord): void;
    undo(): void;
    cut(count: number): B;
}

// lib/delivery/flush-target.d.ts
export interface FlushOptions extends RetryOptions {
    readonly name?: string;
    readonly maxSize?: number;
    readonly maxBytes?: number;
    readonly flushInterval?: number;
    readonly flushLevel?: LogLevel;
    readonly maxQueued?: number;
    readonly maxQueuedBytes?: number;
    readonly exitTimeout?: number;
    readonly fallbackTarget?: LogTarget;
    readonly onFailure?: FailureListener;
    readonly clock?: Clock;
    readonly random?: () => number;
}
export interface Form<B extends QueuedBatch> {
    readonly packer: Packer<B>;
    deliver(batch: B): Promise<void>;
    deliverSync?(batch: B): boolean | 'unwanted';
}
export declare abstract class FlushLogTarget extends LogTarget {
    #private;
    constructor(options?: FlushOptions, form?: Form<QueuedBatch>);
    get name(): string;
    get fallback(): LogTarget | undefined;
    abstract logRecords(records: readonly LogRecord[], batch: Batch): Promise<void>;
    protected close(): void | Promise<void>;
    log(record: LogRecord): void | Promise<void>;
    flush(deadline?: Deadline): Promise<void>;
    dispose(deadline?: Deadline): Promise<void>;
    stats(): TargetStats;
    reportTo(listener: FailureListener): void;
    keepAtExit(resort: LastResort): void;
    protected report(failure: LogFailure): void;
}

// lib/delivery/retry.d.ts
export interface RetryOptions {
    readonly maxRetries?: number;
    readonly retryDelay?: number;
    readonly progressiveDelay?: boolean;
    readonly maxRetryDelay?: number;
    readonly jitter?: number;
}

// lib/index.d.ts
export type { BatchEvent } from './core/channels.js';
export { type Clock, systemClock } from './core/clock.js';
export type { EndingSignal, ExitOptions } from './core/exit.js';
export { type AnyClass, type FactoryStats, LoggerFactory, type LoggerFactoryOptions } from './core/factory.js';
export { describeFailure, type FailureListener, type LogFailure, type LossReason, PermanentDeliveryError } from './core/failures.js';
export type { LastResort } from './core/last-resort.js';
export { LogLevel, levelName } from './core/level.js';
export { Logger } from './core/logger.js';
export { ExceptionLogRecord, type LogData, LogRecord, type RestoredParts } from './core/record.js';
export type { RouteOptions } from './core/routes.js';
export { type Deadline, LogTarget, type TargetStats } from './core/target.js';
export type { Plain } from './core/values.js';
export type { Batch } from './delivery/batch.js';
export { FlushLogTarget, type FlushOptions } from './delivery/flush-target.js';
export type { RetryOptions } from './delivery/retry.js';
export { type ConsoleFormat, type ConsoleOptions, ConsoleTarget } from './targets/console/target.js';
export { type FluentdOptions, FluentdTarget } from './targets/fluentd/target.js';
export type { TopicGroup, WireBatch } from './wire/batch.js';
export { ByteWriter } from './wire/bytes.js';
export type { Dial } from './wire/dial.js';
export type { Encoder } from './wire/encoder.js';
export { WireLogTarget } from './wire/target.js';
export type { Transport } from './wire/transport.js';

// lib/targets/console/target.d.ts
export type ConsoleFormat = 'pretty' | 'json' | 'logfmt' | ((record: LogRecord) => string);
export interface ConsoleOptions extends FlushOptions {
    readonly format?: ConsoleFormat;
    readonly colors?: boolean;
    readonly stderrLevel?: LogLevel;
    readonly stdout?: Writable;
    readonly stderr?: Writable;
}
export declare class ConsoleTarget extends WireLogTarget {
    #private;
    constructor(options?: ConsoleOptions);
    log(record: LogRecord): void | Promise<void>;
    protected report(failure: LogFailure): void;
}

// lib/targets/fluentd/target.d.ts
export interface FluentdOptions extends FlushOptions {
    readonly tag: string | ((record: LogRecord) => string);
    readonly host?: string;
    readonly port?: number;
    readonly requireAck?: boolean;
    readonly ackTimeout?: number;
    readonly connectTimeout?: number;
    readonly maxDepth?: number;
    readonly maxRecordBytes?: number;
    readonly dial?: Dial;
}
export declare class FluentdTarget extends WireLogTarget {
    constructor(options: FluentdOptions);
}

// lib/testing/contract.d.ts
export interface ContractSubject {
    readonly target: LogTarget;
    received(): readonly string[] | Promise<readonly string[]>;
    readonly clock?: FakeClock;
    close?(): void | Promise<void>;
}
export interface ContractOptions {
    readonly snapshots?: boolean;
    readonly failing?: () => ContractSubject | Promise<ContractSubject>;
    readonly runner?: ContractRunner;
}
export interface ContractRunner {
    describe(name: string, body: () => void): unknown;
    it(name: string, test: () => Promise<void>): unknown;
}
export declare function itBehavesLikeALogTarget(name: string, make: () => ContractSubject | Promise<ContractSubject>, options?: ContractOptions): void;

// lib/testing/fake-clock.d.ts
export declare class FakeClock implements Clock {
    #private;
    constructor(start?: number);
    now(): number;
    get timers(): number;
    setTimeout(callback: () => void, delay: number): unknown;
    clearTimeout(timer: unknown): void;
    advance(ms: number): Promise<void>;
    settle(): Promise<void>;
}

// lib/testing/fluentd-server.d.ts
export interface FluentdServerOptions {
    readonly port?: number;
    readonly host?: string;
    readonly path?: string;
    readonly clock?: Clock;
}
export declare class FluentdServer extends ForwardReceiver {
    #private;
    private constructor();
    static start(options?: FluentdServerOptions): Promise<FluentdServer>;
    get port(): number;
    get host(): string;
    refuse(): Promise<void>;
    heal(): Promise<void>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// lib/testing/forward-message.d.ts
export type ForwardMode = 'Message' | 'Forward' | 'PackedForward' | 'CompressedPackedForward';
export type ForwardTime = number | {
    readonly seconds: number;
    readonly nanoseconds: number;
};
export interface ForwardEntry {
    readonly time: ForwardTime;
    readonly record: Record<string, unknown>;
}
export interface ParsedMessage {
    readonly mode: ForwardMode;
    readonly tag: string;
    readonly events: readonly ForwardEntry[];
    readonly invalid: number;
    readonly size?: unknown;
    readonly compressed?: unknown;
    readonly chunk?: unknown;
    readonly ack?: Buffer;
}

// lib/testing/forward-receiver.d.ts
export interface ForwardEvent extends ForwardEntry {
    readonly tag: string;
    readonly chunk?: unknown;
    readonly connection: number;
}
export interface ForwardMessage {
    readonly mode: ForwardMode;
    readonly tag: string;
    readonly events: readonly ForwardEvent[];
    readonly invalid: number;
    readonly size?: unknown;
    readonly compressed?: unknown;
    readonly chunk?: unknown;
    readonly bytes: number;
    readonly connection: number;
}
export type ResetPoint = {
    readonly messages: number;
} | {
    readonly bytes: number;
};
export declare class ForwardReceiver {
    #private;
    readonly events: ForwardEvent[];
    readonly messages: ForwardMessage[];
    readonly errors: {
        readonly connection: number;
        readonly error: unknown;
    }[];
    constructor(clock?: Clock);
    get connections(): number;
    get openConnections(): number;
    accept(stream: Duplex): ForwardSession;
    received(count: number): Promise<readonly ForwardEvent[]>;
    receivedMessages(count: number): Promise<readonly ForwardMessage[]>;
    nextConnection(): Promise<ForwardSession>;
    allClosed(): Promise<void>;
    duplicates(key?: (event: ForwardEvent) => unknown): ForwardEvent[];
    clear(): void;
    reset(): void;
    resetAfter(point: ResetPoint): void;
    halfClose(): void;
    stall(): void;
    delayAcks(ms: number): void;
    forgetAcks(count?: number): void;
    wrongAcks(count?: number): void;
    mergeAcks(): void;
    splitAcks(): void;
    discard(count?: number): void;
    heal(): Promise<void>;
}

// lib/testing/forward-session.d.ts
export interface ForwardFaults {
    stalled: boolean;
    ackDelay: number;
    ackStyle: 'whole' | 'split' | 'merged';
    acksToForget: number;
    wrongAcks: number;
    messagesToDiscard: number;
    messagesUntilReset: number;
    bytesUntilReset: number;
}
export interface ForwardHost {
    readonly clock: Clock;
    readonly limits: MessageLimits;
    readonly faults: ForwardFaults;
    store(message: ParsedMessage, bytes: number, session: ForwardSession): void;
    fail(error: unknown, session: ForwardSession): void;
    forget(session: ForwardSession): void;
}
export declare class ForwardSession {
    #private;
    readonly id: number;
    constructor(stream: Duplex, id: number, host: ForwardHost);
    reset(): void;
    halfClose(): void;
    stall(): void;
    resume(): void;
}

// lib/testing/index.d.ts
export { type ContractOptions, type ContractRunner, type ContractSubject, itBehavesLikeALogTarget } from './contract.js';
export { FakeClock } from './fake-clock.js';
export { FluentdServer, type FluentdServerOptions } from './fluentd-server.js';
export type { ForwardEntry, ForwardMode, ForwardTime } from './forward-message.js';
export { type ForwardEvent, type ForwardMessage, ForwardReceiver, type ResetPoint } from './forward-receiver.js';
export type { ForwardSession } from './forward-session.js';
export { MemoryTarget, type MemoryTargetOptions } from './memory-target.js';
export { type SomeRecord, someRecord } from './some-record.js';

// lib/testing/memory-target.d.ts
export interface MemoryTargetOptions {
    readonly maxRecords?: number;
    readonly name?: string;
}
export declare class MemoryTarget extends LogTarget {
    #private;
    constructor(options?: MemoryTargetOptions);
    get name(): string;
    get records(): readonly LogRecord[];
    get messages(): string[];
    get dropped(): number;
    log(record: LogRecord): void;
    clear(): void;
    waitFor(count: number): Promise<LogRecord[]>;
    dispose(deadline?: Deadline): Promise<void>;
    stats(): TargetStats;
}

// lib/testing/some-record.d.ts
export interface SomeRecord {
    readonly timestamp?: number;
    readonly sequence?: number;
    readonly loggerName?: string;
    readonly level?: LogLevel;
    readonly message?: unknown;
    readonly args?: readonly unknown[];
    readonly data?: LogData;
    readonly exception?: unknown;
}
export declare function someRecord(overrides?: SomeRecord): LogRecord;

// lib/wire/batch.d.ts
interface Stretch {
    readonly topic: string;
    end: number;
}
export interface TopicGroup {
    readonly topic: string;
    readonly size: number;
    readonly payload: Uint8Array;
}
export declare class WireBatch implements QueuedBatch {
    #private;
    readonly id: `${string}-${string}-${string}-${string}-${string}`;
    readonly since: number;
    readonly payload: Uint8Array;
    attempt: number;
    signal: AbortSignal;
    constructor(parts: {
        since: number;
        payload: Uint8Array;
        ends: Uint32Array;
        levels: Uint8Array;
        stretches: readonly Stretch[];
        kept: readonly LogRecord[] | undefined;
        encoder: Encoder;
    });
    get size(): number;
    get bytes(): number;
    level(index: number): number;
    start(index: number): number;
    record(index: number): LogRecord;
    groups(): TopicGroup[];
}

// lib/wire/bytes.d.ts
export declare class ByteWriter {
    #private;
    bytes: Buffer;
    length: number;
    constructor(capacity?: number);
    reserve(count: number): void;
    text(value: string): void;
    truncate(length: number): void;
    copy(start: number, end: number): Buffer;
    shift(count: number): void;
}

// lib/wire/dial.d.ts
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

// lib/wire/encoder.d.ts
export interface Encoder {
    encode(record: LogRecord, into: ByteWriter): void;
    decode?(bytes: Uint8Array, level: number): LogRecord;
    topic?(record: LogRecord): string;
}

// lib/wire/msgpack-scan.d.ts
export interface MessageLimits {
    readonly maxBytes: number;
    readonly maxDepth: number;
}

// lib/wire/target.d.ts
export declare class WireLogTarget extends FlushLogTarget {
    #private;
    constructor(encoder: Encoder, transport: Transport, options?: FlushOptions);
    logRecords(records: readonly LogRecord[]): Promise<void>;
    protected close(): void | Promise<void>;
}

// lib/wire/transport.d.ts
export interface Transport {
    send(batch: WireBatch): Promise<void>;
    sendSync?(batch: WireBatch): boolean | 'unwanted';
    close(): void | Promise<void>;
}
