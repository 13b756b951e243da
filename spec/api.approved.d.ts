// lib/bridges/bridge-target.d.ts
export interface BridgeOptions {
    readonly name?: string;
}
export declare abstract class BridgeTarget<L extends object> extends LogTarget {
    #private;
    constructor(logger: L | ((name: string) => L), options: BridgeOptions);
    get name(): string;
    log(record: LogRecord): void;
    flush(deadline?: Deadline): Promise<void>;
    dispose(deadline?: Deadline): Promise<void>;
    stats(): TargetStats;
    protected abstract readonly kind: {
        readonly words: string;
        is(value: object): boolean;
    };
    protected abstract hand(record: LogRecord, logger: L): unknown;
    protected get isOne(): boolean;
    protected get loggers(): Iterable<L>;
}

// lib/bridges/capture-console.d.ts
declare const levels: {
    readonly trace: LogLevel.TRACE;
    readonly debug: LogLevel.DEBUG;
    readonly log: LogLevel.INFORMATION;
    readonly info: LogLevel.INFORMATION;
    readonly dir: LogLevel.INFORMATION;
    readonly dirxml: LogLevel.INFORMATION;
    readonly warn: LogLevel.WARNING;
    readonly error: LogLevel.ERROR;
};
type Method = keyof typeof levels;
export interface CaptureConsoleOptions {
    readonly console?: Pick<Console, Method>;
}
export interface CapturedConsole {
    restore(): void;
    [Symbol.dispose](): void;
}
export declare function captureConsole(destination: Destination, options?: CaptureConsoleOptions): CapturedConsole;

// lib/bridges/console-like-target.d.ts
export interface ConsoleLike {
    trace?(message: string, ...rest: unknown[]): unknown;
    debug?(message: string, ...rest: unknown[]): unknown;
    verbose?(message: string, ...rest: unknown[]): unknown;
    info?(message: string, ...rest: unknown[]): unknown;
    log?(message: string, ...rest: unknown[]): unknown;
    warn?(message: string, ...rest: unknown[]): unknown;
    warning?(message: string, ...rest: unknown[]): unknown;
    error?(message: string, ...rest: unknown[]): unknown;
    fatal?(message: string, ...rest: unknown[]): unknown;
    critical?(message: string, ...rest: unknown[]): unknown;
}
export declare class ConsoleLikeTarget extends BridgeTarget<ConsoleLike> {
    constructor(logger: ConsoleLike | ((name: string) => ConsoleLike), options?: BridgeOptions);
    protected get kind(): {
        words: string;
        is: (value: object) => boolean;
    };
    protected hand(record: LogRecord, logger: ConsoleLike): unknown;
}

// lib/bridges/feed.d.ts
export type Destination = Logger | LoggerFactory;
export type WriteArguments = [encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback];
type WriteCallback = (error: Error | null | undefined) => void;

// lib/bridges/pino-destination.d.ts
export interface PinoDestinationOptions {
    readonly messageKey?: string;
    readonly errorKey?: string;
}
export declare function pinoDestination(destination: Destination, options?: PinoDestinationOptions): Writable;

// lib/bridges/pino-target.d.ts
export interface PinoLike {
    readonly levels: {
        readonly labels: {
            readonly [value: number]: string;
        };
    };
    info(fields: object, message: string): void;
    flush?(callback?: (error?: Error) => void): void;
}
export declare class PinoTarget extends BridgeTarget<PinoLike> {
    constructor(logger: PinoLike | ((name: string) => PinoLike), options?: BridgeOptions);
    protected get kind(): {
        words: string;
        is: (value: object) => boolean;
    };
    protected hand(record: LogRecord, logger: PinoLike): void;
    flush(deadline?: Deadline): Promise<void>;
}

// lib/bridges/winston-target.d.ts
export interface WinstonLike {
    readonly levels: {
        readonly [name: string]: number;
    };
    log(info: {
        level: string;
        message: string;
        [field: string]: unknown;
    }): unknown;
}
export declare class WinstonTarget extends BridgeTarget<WinstonLike> {
    constructor(logger: WinstonLike | ((name: string) => WinstonLike), options?: BridgeOptions);
    protected get kind(): {
        words: string;
        is: (value: object) => boolean;
    };
    protected hand(record: LogRecord, logger: WinstonLike): void;
}

// lib/bridges/winston-transport.d.ts
export interface WinstonTransportOptions {
    readonly level?: string;
    readonly silent?: boolean;
    readonly handleExceptions?: boolean;
    readonly handleRejections?: boolean;
}
export declare function winstonTransport(destination: Destination, options?: WinstonTransportOptions): WinstonTransport;
export declare class WinstonTransport extends Writable {
    #private;
    level?: string;
    silent: boolean;
    handleExceptions: boolean;
    handleRejections: boolean;
    constructor(destination: Destination, options: WinstonTransportOptions);
    write(info: unknown, ...[encoding, callback]: WriteArguments): boolean;
    log(info: object, next: () => void): void;
}

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
    readonly fromText?: (text: string) => T | undefined;
    readonly orText?: string;
    readonly isRequired?: boolean;
    readonly isSecret?: boolean;
    readonly members?: Rules;
    readonly kinds?: Readonly<Record<string, Rules>>;
    readonly items?: Rule<unknown>;
    readonly judge: (value: unknown) => 'right' | 'wrong type' | 'out of range';
}
export type Rules = Readonly<Record<string, Rule<unknown>>>;
export declare function boolean(fallback: boolean): Rule<boolean>;
export declare function text(fallback: string): Rule<string>;
export declare function text(): Rule<string | undefined>;

// lib/core/class-name.d.ts
export type AnyClass = abstract new (...args: never[]) => unknown;

// lib/core/clock.d.ts
export interface Clock {
    now(): number;
    setTimeout(callback: () => void, delay: number): unknown;
    clearTimeout(timer: unknown): void;
}
export declare const systemClock: Clock;

// lib/core/config/configure.d.ts
export interface LoggingConfig {
    readonly $schema?: string;
    readonly minimumLevel?: ConfigLevel;
    readonly levels?: Readonly<Record<string, ConfigLevel>>;
    readonly redact?: boolean | RedactOptions;
    readonly fields?: LogData;
    readonly targets?: Readonly<Record<string, TargetConfig>>;
    readonly routes?: Readonly<Record<string, ConfigLevel | RouteConfig>>;
}
export type ConfigLevel = LogLevel | string;
export interface TargetConfig {
    readonly type: string;
    readonly [option: string]: unknown;
}
export interface RouteConfig extends Omit<RouteOptions, 'minimumLevel' | 'maximumLevel'> {
    readonly minimumLevel?: ConfigLevel;
    readonly maximumLevel?: ConfigLevel;
}

// lib/core/config/schema.d.ts
export declare function configSchema(): Record<string, unknown>;

// lib/core/config/target-types.d.ts
export interface CommonOptions {
    readonly name: string;
    readonly clock?: Clock;
}

// lib/core/exit.d.ts
declare const endingSignals: readonly ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'];
export type EndingSignal = (typeof endingSignals)[number];
export interface ExitOptions {
    readonly signals?: readonly EndingSignal[];
    readonly timeout?: number;
    readonly uncaught?: boolean;
    readonly exitFile?: string;
}

// lib/core/factory-options.d.ts
export interface LoggerFactoryOptions {
    readonly minimumLevel?: LogLevel;
    readonly onFailure?: FailureListener;
    readonly clock?: Clock;
    readonly fields?: LogData;
    readonly redact?: boolean | RedactOptions;
    readonly openTelemetry?: boolean;
    readonly env?: Readonly<Record<string, string | undefined>>;
}
export interface FromConfigOptions extends Omit<LoggerFactoryOptions, 'minimumLevel' | 'redact'> {
    readonly env?: Readonly<Record<string, string | undefined>>;
}

// lib/core/factory-stats.d.ts
export interface FactoryStats {
    readonly accepted: number;
    readonly delivered: number;
    readonly fellBack: number;
    readonly lost: number;
    readonly pending: number;
    readonly lostByReason: Readonly<Partial<Record<LossReason, number>>>;
    readonly lostByLevel: Readonly<Record<string, number>>;
    readonly targets: readonly TargetStats[];
}

// lib/core/factory.d.ts
export declare class LoggerFactory {
    #private;
    constructor(options?: LoggerFactoryOptions);
    static fromConfig(config: LoggingConfig | string | URL, options?: FromConfigOptions): LoggerFactory;
    get minimumLevel(): LogLevel;
    set minimumLevel(value: LogLevel);
    setLevel(loggers: string, level: LogLevel | 'off'): this;
    get targets(): readonly LogTarget[];
    addTarget(target: LogTarget, route?: LogLevel | RouteOptions): this;
    removeTarget(target: LogTarget): this;
    setRoute(target: LogTarget, route: LogLevel | RouteOptions): this;
    reloadLevels(config: LoggingConfig | string | URL): boolean;
    getLogger<Fields = unknown>(name: string | AnyClass): Logger<Fields>;
    runWith<T>(fields: object, work: () => T): T;
    flush(deadline?: Deadline): Promise<FactoryStats>;
    dispose(deadline?: Deadline): Promise<FactoryStats>;
    [Symbol.asyncDispose](): Promise<void>;
    handleExit(options?: ExitOptions): this;
    stats(): FactoryStats;
}

// lib/core/failures.d.ts
export type LossReason = 
'queue full'
 | 'too old'
 | 'circuit open'
 | 'retries exhausted'
 | 'rejected'
 | 'out of time'
 | 'not encodable'
 | 'unreadable'
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
    readonly kind: 'kept';
    readonly target: string;
    readonly count: number;
    readonly directory: string;
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
    readonly isDivisible: boolean;
    readonly refused: readonly number[] | undefined;
    constructor(message?: string, options?: ErrorOptions & {
        readonly isDivisible?: boolean;
        readonly refused?: readonly number[];
    });
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
    readonly fail: (target: string, what: string, thrown: unknown) => void;
    readonly surroundings: Surroundings;
    readonly redact: ((record: LogRecord) => LogRecord) | undefined;
    getLogger(name: string): Logger;
}
export declare class Logger<out Fields = unknown> {
    #private;
    readonly name: string;
    constructor(name: string, routes: LevelRoutes, context: LoggerContext, bound?: LogData, origin?: Logger);
    with<More extends object>(fields: More): Logger<Fields & More>;
    child(name: string): Logger<Fields>;
    trace<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    debug<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    info<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    warning<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    warn<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    error<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    critical<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    fatal<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    exception<const Message, const Args extends readonly unknown[]>(message: Message & Checked<Message, Args, Fields>, error?: unknown, ...args: Args): Promise<void>;
    log<const Message, const Args extends readonly unknown[]>(level: LogLevel, message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<void>;
    deliver<const Message, const Args extends readonly unknown[]>(level: LogLevel, message: Message & Checked<Message, Args, Fields>, ...args: Args): Promise<Receipt>;
    isEnabled(level: LogLevel): boolean;
}

// lib/core/receipt.d.ts
export interface TargetReceipt {
    readonly target: string;
    readonly outcome: 'delivered' | 'fell back' | 'lost' | 'kept';
    readonly reason?: LossReason;
    readonly chunk?: string;
    readonly attempts: number;
    readonly error?: string;
    readonly fallback?: TargetReceipt;
}
export interface Receipt {
    readonly targets: readonly TargetReceipt[];
}
export declare class Ticket {
    #private;
    readonly receipt: Promise<TargetReceipt>;
    passedOn: TargetReceipt | undefined;
    constructor();
    get isSettled(): boolean;
    close(target: string): void;
    settle(receipt: TargetReceipt): void;
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
    static revise(record: LogRecord, parts: RevisedParts): LogRecord;
}
export interface RevisedParts {
    readonly message: unknown;
    readonly args: readonly unknown[];
    readonly data: LogData;
    readonly exception: unknown;
    readonly text?: string;
}
export interface RestoredParts {
    readonly timestamp: number;
    readonly sequence?: number;
    readonly loggerName: string;
    readonly level: LogLevel;
    readonly message: unknown;
    readonly args?: readonly unknown[];
    readonly text: string;
    readonly data?: LogData;
    readonly exception?: unknown;
}
export declare class ExceptionLogRecord extends LogRecord {
    #private;
    constructor(timestamp: number, sequence: number, loggerName: string, level: LogLevel, message: unknown, args: readonly unknown[] | undefined, data: LogData | undefined, exception: unknown);
    get exception(): unknown;
}

// lib/core/redact.d.ts
export interface RedactOptions {
    readonly keys?: readonly string[];
    readonly paths?: readonly string[];
    readonly patterns?: readonly (RegExp | string)[];
    readonly censor?: string | ((value: unknown, path: string) => unknown);
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
    change(options: RouteOptions): void;
    hears(loggerName: string): boolean;
    admits(level: number, factoryMinimum: number): boolean;
    take(record: LogRecord): Promise<void> | undefined;
    deliver(record: LogRecord): Promise<TargetReceipt> | undefined;
    settled(): Promise<void>;
    close(): void;
    end(): void;
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
    update(routes: readonly Route[], minimum: number, own: number | undefined): void;
    at(level: number): readonly Route[];
}

// lib/core/secrets.d.ts
export declare const secretKeys: readonly string[];
export declare const secretPatterns: readonly RegExp[];

// lib/core/surroundings.d.ts
export declare class Surroundings {
    #private;
    constructor(fixed: LogData | undefined, tracing: boolean);
    run<T>(fields: LogData, work: () => T): T;
    fields(now: number): LogData | undefined;
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
    readonly lostByLevel?: Readonly<Record<string, number>>;
    readonly waiting?: number;
    readonly retries: number;
    readonly circuit?: CircuitStats;
    readonly batches?: BatchStats;
    readonly latency?: Distribution;
    readonly pendingBytes: number;
    readonly oldestPendingAge: number;
    readonly spool?: SpoolStats;
    readonly lastError?: string;
    readonly fallback?: TargetStats;
}
export interface SpoolStats {
    readonly records: number;
    readonly bytes: number;
    readonly recovered: number;
}
export interface CircuitStats {
    readonly state: 'closed' | 'open';
    readonly since: number;
}
export interface BatchStats {
    readonly count: number;
    readonly records: Distribution;
    readonly bytes: Distribution;
}
export interface Distribution {
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
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

// lib/core/typed.d.ts
export interface NoSuchField<Name> {
    readonly 'the template has a field that is not given': Name;
}
export interface FieldOfAnotherType<Name> {
    readonly 'the field has another type in this logger': Name;
}
export type Checked<Message, Args extends readonly unknown[], Fields> = unknown extends Fields ? unknown : [Unfilled<FieldsOf<Message>, Given<Args> | keyof Fields>] extends [never] ? [Conflicts<LastOf<Args>, Fields>] extends [never] ? unknown : FieldOfAnotherType<Conflicts<LastOf<Args>, Fields>> : NoSuchField<Unfilled<FieldsOf<Message>, Given<Args> | keyof Fields>>;
export type FieldsOf<Template> = Template extends string ? string extends Template ? never : Template extends `${string}{${infer Rest}` ? FieldsAfterBrace<Rest> : never : never;
type FieldsAfterBrace<Rest extends string> = Rest extends `${infer Name}}${infer More}` ? Name extends `${string}{${string}` ? FieldsOf<Rest> : (IsName<Name> extends true ? Name : never) | FieldsOf<More> : never;
type NoNameHas = (' ' | '\t' | '\n' | '\r' | '!' | '"' | '#' | '%' | '&' | "'" | '(' | ')' | '*' | '+' | ',' | '/' | ':' | ';') | ('<' | '=' | '>' | '?' | '[' | '\\' | ']' | '^' | '`' | '|' | '~');
type IsName<Name extends string> = string extends Name ? false : Name extends '' | `${string}${NoNameHas}${string}` | `${'-' | '.'}${string}` ? false : Name extends `${number}${string}` ? Name extends `${bigint}` ? true : false : true;
type Unfilled<Names extends string, Known> = Names extends Known ? never : Names extends `${infer Head}.${string}` ? Head extends Known ? never : Names : Names;
type LastOf<Args extends readonly unknown[]> = Args extends readonly [...unknown[], infer Last] ? Last : unknown;
type Given<Args extends readonly unknown[]> = number extends Args['length'] ? string : Args extends readonly [] ? never : KeysOf<LastOf<Args>>;
type KeysOf<Last> = unknown extends Last ? string : Last extends readonly unknown[] ? never : Last extends object ? object extends Last ? string : keyof Last : never;
type Conflicts<Last, Fields> = Last extends readonly unknown[] ? never : Last extends object ? string extends keyof Last ? never : {
    [Key in keyof Last & keyof Fields]: Last[Key] extends Fields[Key] ? never : Key;
}[keyof Last & keyof Fields] : never;

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
export interface Share {
    readonly level: number;
    count: number;
    bytes: number;
}
export interface OnDisk {
    readonly id: string;
    readonly numbers: ArrayLike<number>;
    readonly written: number;
    readonly isRead: boolean;
}
export interface QueuedBatch extends Batch {
    id: string;
    attempt: number;
    signal: AbortSignal;
    ordinal: number;
    earlier: number;
    isOwn: 'losses' | 'trouble' | undefined;
    isSuspect: boolean;
    tickets: Map<number, Ticket> | undefined;
    tally: readonly Share[];
    onDisk: OnDisk | undefined;
    readonly rows: number;
    level(row: number): number;
    time(row: number): number;
    start(row: number): number;
    drop(row: number): void;
    pack(): void;
    release(): void;
    record(row: number): LogRecord;
}
export interface Packer<B extends QueuedBatch> {
    readonly size: number;
    readonly bytes: number;
    add(record: LogRecord): number;
    undo(): void;
    level(row: number): number;
    time(row: number): number;
    start(row: number): number;
    remove(row: number): void;
    cut(count: number, willWait?: boolean): B;
    copy(from: number): B;
    slice(batch: B, from: number, to: number): B;
}
export declare abstract class SparseBatch implements QueuedBatch {
    #private;
    id: string;
    attempt: number;
    signal: AbortSignal;
    ordinal: number;
    earlier: number;
    isOwn: 'losses' | 'trouble' | undefined;
    isSuspect: boolean;
    tickets: Map<number, Ticket> | undefined;
    tally: readonly Share[];
    onDisk: OnDisk | undefined;
    abstract readonly rows: number;
    abstract level(row: number): number;
    abstract time(row: number): number;
    abstract start(row: number): number;
    abstract record(row: number): LogRecord;
    protected abstract bury(row: number): void;
    protected abstract keep(rows: readonly number[]): void;
    get size(): number;
    get bytes(): number;
    get since(): number;
    release(): void;
    drop(row: number): void;
    pack(): void;
}

// lib/delivery/flush-target.d.ts
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

// lib/delivery/form.d.ts
export interface Form<B extends QueuedBatch> {
    readonly packer: Packer<B>;
    readonly codec: SpoolCodec<B>;
    deliver(batch: B): Promise<void>;
    prepare?(batch: B): void;
    deliverNow?(batch: B): boolean;
    deliverSync?(batch: B): boolean | 'unwanted';
}

// lib/delivery/options.d.ts
export interface FlushOptions extends RetryOptions {
    readonly name?: string;
    readonly maxSize?: number;
    readonly maxBytes?: number;
    readonly flushInterval?: number;
    readonly flushLevel?: LogLevel;
    readonly maxQueued?: number;
    readonly maxQueuedBytes?: number;
    readonly overflow?: OverflowPolicy;
    readonly maxWait?: number;
    readonly maxAge?: number;
    readonly exitTimeout?: number;
    readonly spool?: SpoolOptions;
    readonly fallbackTarget?: LogTarget;
    readonly onFailure?: FailureListener;
    readonly clock?: Clock;
    readonly random?: () => number;
}

// lib/delivery/overflow.d.ts
export type OverflowPolicy = 'drop' | 'wait' | 'fallback';

// lib/delivery/retry.d.ts
export interface RetryOptions {
    readonly maxRetries?: number;
    readonly retryDelay?: number;
    readonly progressiveDelay?: boolean;
    readonly maxRetryDelay?: number;
    readonly jitter?: number;
}

// lib/delivery/spool-codec.d.ts
export type Rows = Pick<SpoolPart, 'payload' | 'ends' | 'levels' | 'times' | 'topics'>;
export interface SpoolCodec<B> {
    readonly format: string;
    readonly maxRows: number;
    write(batch: B, from: number, to: number): Rows;
    read(batch: SpooledBatch): B;
}

// lib/delivery/spool-options.d.ts
export interface SpoolOptions {
    readonly directory: string;
    readonly mode?: 'outage' | 'always';
    readonly maxBytes?: number;
    readonly maxAge?: number;
    readonly fsync?: SpoolSync;
    readonly store?: SpoolStore;
}

// lib/delivery/target-type.d.ts
export declare function registerTargetType(name: string, make: (options: Readonly<Record<string, unknown>>, common: CommonOptions) => LogTarget, schema?: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void;

// lib/index.d.ts
export type { BridgeOptions } from './bridges/bridge-target.js';
export { type CaptureConsoleOptions, type CapturedConsole, captureConsole } from './bridges/capture-console.js';
export { type ConsoleLike, ConsoleLikeTarget } from './bridges/console-like-target.js';
export type { Destination } from './bridges/feed.js';
export { type PinoDestinationOptions, pinoDestination } from './bridges/pino-destination.js';
export { type PinoLike, PinoTarget } from './bridges/pino-target.js';
export { type WinstonLike, WinstonTarget } from './bridges/winston-target.js';
export { type WinstonTransport, type WinstonTransportOptions, winstonTransport } from './bridges/winston-transport.js';
export type { BatchEvent } from './core/channels.js';
export type { AnyClass } from './core/class-name.js';
export { type Clock, systemClock } from './core/clock.js';
export type { ConfigLevel, LoggingConfig, RouteConfig, TargetConfig } from './core/config/configure.js';
export { configSchema } from './core/config/schema.js';
export type { CommonOptions } from './core/config/target-types.js';
export type { EndingSignal, ExitOptions } from './core/exit.js';
export { LoggerFactory } from './core/factory.js';
export type { FromConfigOptions, LoggerFactoryOptions } from './core/factory-options.js';
export type { FactoryStats } from './core/factory-stats.js';
export { describeFailure, type FailureListener, type LogFailure, type LossReason, PermanentDeliveryError } from './core/failures.js';
export type { LastResort } from './core/last-resort.js';
export { LogLevel, levelName } from './core/level.js';
export { Logger } from './core/logger.js';
export type { Receipt, TargetReceipt } from './core/receipt.js';
export { ExceptionLogRecord, type LogData, LogRecord, type RestoredParts } from './core/record.js';
export type { RedactOptions } from './core/redact.js';
export type { RouteOptions } from './core/routes.js';
export { secretKeys, secretPatterns } from './core/secrets.js';
export { type BatchStats, type CircuitStats, type Deadline, type Distribution, LogTarget, type SpoolStats, type TargetStats } from './core/target.js';
export type { Plain } from './core/values.js';
export type { Batch } from './delivery/batch.js';
export { FlushLogTarget, type FlushOptions } from './delivery/flush-target.js';
export type { OverflowPolicy } from './delivery/overflow.js';
export type { RetryOptions } from './delivery/retry.js';
export type { SpoolOptions } from './delivery/spool-options.js';
export { registerTargetType } from './delivery/target-type.js';
export type { SpoolSync } from './spool/spool.js';
export type { ProcessFacts, SpoolFile, SpoolStore } from './spool/store.js';
export { type ConsoleFormat, type ConsoleOptions, ConsoleTarget } from './targets/console/target.js';
export type { EventOptions } from './targets/fluentd/encoder.js';
export type { EventMoment } from './targets/fluentd/event.js';
export { type AuthenticationProblem, FluentdAuthenticationError } from './targets/fluentd/handshake.js';
export type { EventMode } from './targets/fluentd/message.js';
export type { CredentialOptions, FluentdServerOptions } from './targets/fluentd/receivers.js';
export { type FluentdOptions, FluentdTarget } from './targets/fluentd/target.js';
export { type FlightRecorderOptions, FlightRecorderTarget } from './targets/gates/flight-recorder.js';
export { Gate } from './targets/gates/gate.js';
export { type RateLimitOptions, RateLimitTarget } from './targets/gates/rate-limit.js';
export { type SamplingOptions, type SamplingRule, SamplingTarget } from './targets/gates/sampling.js';
export { EcsFormatter } from './targets/logstash/ecs-formatter.js';
export type { EcsDataStream, EcsFormatterOptions, EcsService } from './targets/logstash/ecs-options.js';
export type { EventFormatter } from './targets/logstash/formatter.js';
export { type HttpFieldsOptions, httpFields } from './targets/logstash/http-fields.js';
export { LogstashFormatter, type LogstashFormatterOptions } from './targets/logstash/logstash-formatter.js';
export { type LogstashOptions, LogstashTarget } from './targets/logstash/target.js';
export type { AddressOptions } from './wire/address.js';
export type { TopicGroup, WireBatch } from './wire/batch.js';
export { ByteWriter } from './wire/bytes.js';
export type { Dial } from './wire/dial.js';
export type { Encoder } from './wire/encoder.js';
export type { ServerOptions } from './wire/server-list.js';
export { WireLogTarget } from './wire/target.js';
export type { Pem, TlsOptions } from './wire/tls.js';
export type { Transport } from './wire/transport.js';

// lib/spool/columns.d.ts
export interface Columns {
    readonly levels: Uint8Array;
    readonly times: Float64Array;
    readonly ends: Uint32Array;
}

// lib/spool/spool.d.ts
export interface SpoolPart {
    readonly id: string;
    readonly from: number;
    readonly payload: Uint8Array;
    readonly ends: ArrayLike<number>;
    readonly levels: ArrayLike<number>;
    readonly times: ArrayLike<number>;
    readonly topics: readonly Topic[];
    readonly isTried: boolean;
}
export interface Topic {
    readonly topic: string;
    readonly end: number;
}
export interface SpooledBatch extends Omit<SpoolPart, 'from' | keyof Columns>, Columns {
    readonly id: string;
    readonly chunk: string;
    readonly numbers: Uint32Array;
    readonly format: string;
}
export type SpoolSync = 
'batch'
 | 'interval'
 | 'never';

// lib/spool/store.d.ts
export interface SpoolStore {
    mkdir(path: string): Promise<void>;
    list(path: string): Promise<string[]>;
    open(path: string, how: 'create' | 'write' | 'read'): Promise<SpoolFile>;
    rename(from: string, to: string): Promise<void>;
    unlink(path: string): Promise<void>;
    rmdir(path: string): Promise<void>;
    syncDirectory(path: string): Promise<void>;
    touch(path: string): Promise<void>;
    touched(path: string): Promise<number>;
    createSync(path: string, content: readonly Uint8Array[], sync: boolean): void;
    self(): Promise<ProcessFacts>;
    lightBeacon(path: string): Promise<() => Promise<void>>;
    isAlive(facts: ProcessFacts, beacon: string): Promise<boolean | undefined>;
}
export interface ProcessFacts {
    readonly pid: number;
    readonly thread: number;
    readonly host: string;
    readonly boot?: string | undefined;
    readonly namespace?: string | undefined;
    readonly started?: string | undefined;
}
export interface SpoolFile {
    size(): Promise<number>;
    write(chunks: readonly Uint8Array[], position: number): Promise<void>;
    read(into: Uint8Array, position: number): Promise<number>;
    sync(): Promise<void>;
    truncate(length: number): Promise<void>;
    close(): Promise<void>;
}

// lib/targets/console/target.d.ts
export type ConsoleFormat = 'pretty' | 'json' | 'logfmt' | ((record: LogRecord) => string);
export interface ConsoleOptions extends FlushOptions {
    readonly format?: ConsoleFormat;
    readonly colors?: boolean;
    readonly stderrLevel?: LogLevel;
    readonly maxDepth?: number;
    readonly maxRecordBytes?: number;
    readonly stdout?: Writable;
    readonly stderr?: Writable;
}
export declare class ConsoleTarget extends WireLogTarget {
    #private;
    constructor(options?: ConsoleOptions);
    log(record: LogRecord): void | Promise<void>;
    protected report(failure: LogFailure): void;
}

// lib/targets/fluentd/encoder.d.ts
export interface EventOptions {
    readonly timePrecision?: 'nanoseconds' | 'seconds';
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly messageKey?: string;
    readonly levelKey?: string;
    readonly loggerKey?: string;
    readonly recordFormat?: (record: LogRecord) => object;
}

// lib/targets/fluentd/event.d.ts
export type EventMoment = Date | number | {
    readonly seconds: number;
    readonly nanoseconds: number;
};

// lib/targets/fluentd/handshake.d.ts
export type AuthenticationProblem = 'key' | 'user' | 'host' | 'key missing' | 'no handshake';
export declare class FluentdAuthenticationError extends Error {
    name: string;
    readonly problem: AuthenticationProblem;
    readonly retryAfter?: number;
    constructor(problem: AuthenticationProblem, message: string, cause?: unknown);
}

// lib/targets/fluentd/message.d.ts
export type EventMode = 'PackedForward' | 'CompressedPackedForward' | 'Forward' | 'Message';

// lib/targets/fluentd/receivers.d.ts
export interface CredentialOptions {
    readonly sharedKey?: string;
    readonly username?: string;
    readonly password?: string;
    readonly clientHostname?: string;
}
export interface FluentdServerOptions extends ServerOptions, CredentialOptions {
}

// lib/targets/fluentd/target.d.ts
export interface FluentdOptions extends FlushOptions, AddressOptions, CredentialOptions, EventOptions {
    readonly tag: string | ((record: LogRecord) => string);
    readonly servers?: readonly FluentdServerOptions[];
    readonly recoverWait?: number;
    readonly requireAck?: boolean;
    readonly ackTimeout?: number;
    readonly connectTimeout?: number;
    readonly reconnectInterval?: number;
    readonly idleTimeout?: number;
    readonly mode?: EventMode;
    readonly compress?: 'none' | 'gzip' | 'zstd';
    readonly maxMessageBytes?: number;
    readonly maxDepth?: number;
    readonly maxRecordBytes?: number;
}
export declare class FluentdTarget extends WireLogTarget {
    #private;
    constructor(options: FluentdOptions);
    emit(tag: string, fields: Readonly<Record<string, unknown>>, time?: EventMoment): void | Promise<void>;
    emitWithTime(tag: string, time: EventMoment, fields: Readonly<Record<string, unknown>>): void | Promise<void>;
}

// lib/targets/gates/by.d.ts
export type By = string | ((record: LogRecord) => unknown);

// lib/targets/gates/flight-recorder.d.ts
export interface FlightRecorderOptions {
    readonly keepUntil?: LogLevel;
    readonly passLevel?: LogLevel;
    readonly by?: By;
    readonly maxRecords?: number;
    readonly maxContexts?: number;
}
export declare class FlightRecorderTarget extends Gate {
    #private;
    constructor(target: LogTarget, options?: FlightRecorderOptions);
    get heldBack(): number;
    log(record: LogRecord): void | Promise<void>;
    protected close(): void;
}

// lib/targets/gates/gate.d.ts
export declare abstract class Gate extends LogTarget {
    #private;
    constructor(target: LogTarget);
    get name(): string;
    abstract get heldBack(): number;
    get fallback(): LogTarget | undefined;
    stats(): TargetStats;
    reportTo(listener: FailureListener): void;
    keepAtExit(resort: LastResort): void;
    flush(deadline?: Deadline): Promise<void>;
    dispose(deadline?: Deadline): Promise<void>;
    protected pass(record: LogRecord): void | Promise<void>;
    protected release(): void;
    protected close(): void;
}

// lib/targets/gates/rate-limit.d.ts
export interface RateLimitOptions {
    readonly max?: number;
    readonly interval?: number;
    readonly by?: By;
    readonly maxKinds?: number;
    readonly clock?: Clock;
}
export declare class RateLimitTarget extends Gate {
    #private;
    constructor(target: LogTarget, options?: RateLimitOptions);
    get heldBack(): number;
    log(record: LogRecord): void | Promise<void>;
    protected release(): void;
    protected close(): void;
}

// lib/targets/gates/sampling.d.ts
export interface SamplingRule {
    readonly rate: number;
    readonly loggers?: string | readonly string[];
    readonly minimumLevel?: LogLevel;
    readonly maximumLevel?: LogLevel;
    readonly message?: string | RegExp;
}
export interface SamplingOptions {
    readonly rules: readonly SamplingRule[];
    readonly by?: By;
    readonly random?: () => number;
}
export declare class SamplingTarget extends Gate {
    #private;
    constructor(target: LogTarget, options: SamplingOptions);
    get heldBack(): number;
    log(record: LogRecord): void | Promise<void>;
}

// lib/targets/logstash/ecs-formatter.d.ts
export declare class EcsFormatter implements FieldFormatter {
    #private;
    readonly constant: Fields;
    constructor(options?: EcsFormatterOptions);
    format(record: LogRecord): Fields;
    own(fields: Fields): Fields;
    fields(event: Fields): Fields;
}

// lib/targets/logstash/ecs-options.d.ts
export interface EcsService {
    readonly name?: string;
    readonly version?: string;
    readonly environment?: string;
    readonly id?: string;
    readonly node?: string;
}
export interface EcsDataStream {
    readonly dataset: string;
    readonly namespace?: string;
    readonly type?: 'logs' | 'metrics' | 'traces' | 'synthetics';
}
export interface EcsFormatterOptions {
    readonly service?: EcsService;
    readonly dataStream?: EcsDataStream;
    readonly labels?: Readonly<Record<string, string | number | boolean>>;
    readonly tags?: readonly string[];
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly hostname?: string;
    readonly extraPrefix?: string;
}

// lib/targets/logstash/formatter.d.ts
export interface EventFormatter {
    format(record: LogRecord): object;
}
export interface FieldFormatter extends EventFormatter {
    readonly constant: Fields;
    own(fields: Fields): Fields;
    fields(event: Fields): Fields;
}

// lib/targets/logstash/http-fields.d.ts
export interface HttpFieldsOptions {
    readonly naming?: 'v1' | 'ecs';
    readonly start?: number;
}
export declare function httpFields(request: object, response?: object, options?: HttpFieldsOptions): Record<string, unknown>;

// lib/targets/logstash/keys.d.ts
export type Fields = Record<string, Plain>;

// lib/targets/logstash/logstash-formatter.d.ts
export interface LogstashFormatterOptions {
    readonly type?: string;
    readonly tags?: readonly string[];
    readonly extraPrefix?: string;
    readonly extra?: Readonly<Record<string, unknown>>;
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly hostname?: string;
    readonly hostForm?: 'object' | 'string';
}
export declare class LogstashFormatter implements FieldFormatter {
    #private;
    readonly constant: Fields;
    constructor(options?: LogstashFormatterOptions);
    format(record: LogRecord): Fields;
    own(fields: Fields): Fields;
    fields(event: Fields): Fields;
}

// lib/targets/logstash/target.d.ts
export interface LogstashOptions extends FlushOptions {
    readonly transport?: 'tcp' | 'udp' | 'http' | 'beats' | Transport;
    readonly host?: string;
    readonly port?: number;
    readonly tls?: boolean | TlsOptions;
    readonly servers?: readonly ServerOptions[];
    readonly dial?: Dial;
    readonly url?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly username?: string;
    readonly password?: string;
    readonly bodyFormat?: 'json' | 'ndjson';
    readonly compress?: boolean;
    readonly formatter?: EventFormatter;
    readonly ackTimeout?: number;
    readonly connectTimeout?: number;
    readonly reconnectInterval?: number;
    readonly idleTimeout?: number;
    readonly recoverWait?: number;
    readonly maxDatagramBytes?: number;
    readonly maxDepth?: number;
    readonly maxRecordBytes?: number;
}
export declare class LogstashTarget extends WireLogTarget {
    constructor(options?: LogstashOptions);
}

// lib/testing/ack-writer.d.ts
export declare class AckWriter {
    #private;
    constructor(clock: Clock, write: (bytes: Buffer) => void);
    send(bytes: Buffer, delay: number, isApart?: boolean): void;
    after(done: () => void): void;
    close(): void;
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
export interface FluentdServerOptions extends ForwardReceiverOptions {
    readonly port?: number;
    readonly host?: string;
    readonly path?: string;
    readonly tls?: TestServerTls;
}
export declare class FluentdServer extends ForwardReceiver {
    #private;
    private constructor();
    static start(options?: FluentdServerOptions): Promise<FluentdServer>;
    get port(): number;
    get host(): string;
    refuse(): Promise<void>;
    failTls(): void;
    heal(): Promise<void>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// lib/testing/forward-handshake.d.ts
export interface ForwardSecurity {
    readonly sharedKey: string;
    readonly users?: Readonly<Record<string, string>>;
    readonly hostname?: string;
}
export type ForwardKind = 'fluentd' | 'fluent-bit';

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
    readonly unpackedBytes: number;
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
export interface ForwardError {
    readonly connection: number;
    readonly error: unknown;
}
export type ResetPoint = {
    readonly messages: number;
} | {
    readonly bytes: number;
};
export interface ForwardReceiverOptions {
    readonly clock?: Clock;
    readonly kind?: 'fluentd' | 'fluent-bit';
    readonly security?: ForwardSecurity;
    readonly keepAlive?: boolean;
    readonly maxMessageBytes?: number;
}
export declare class ForwardReceiver {
    #private;
    readonly events: ForwardEvent[];
    readonly messages: ForwardMessage[];
    readonly errors: ForwardError[];
    constructor(options?: ForwardReceiverOptions);
    get connections(): number;
    get openConnections(): number;
    accept(stream: Duplex): ForwardSession;
    received(count: number): Promise<readonly ForwardEvent[]>;
    receivedMessages(count: number): Promise<readonly ForwardMessage[]>;
    failed(count: number): Promise<readonly ForwardError[]>;
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
    cutAcks(count?: number): void;
    refuseHandshakes(reason?: string): void;
    mergeAcks(): void;
    splitAcks(): void;
    discard(count?: number): void;
    heal(): Promise<void>;
}

// lib/testing/forward-session.d.ts
export interface ForwardFaults extends StreamFaults {
    ackStyle: 'whole' | 'split' | 'merged';
    acksToForget: number;
    wrongAcks: number;
    acksToCut: number;
    refusal: string | undefined;
    messagesToDiscard: number;
    messagesUntilReset: number;
}
export interface ForwardTraits {
    readonly kind: ForwardKind;
    readonly security: ForwardSecurity | undefined;
    readonly keepAlive: boolean;
    readonly maxMessageBytes: number;
}
export interface ForwardHost extends StreamHost {
    readonly traits: ForwardTraits;
    readonly limits: MessageLimits;
    readonly faults: ForwardFaults;
    store(message: ParsedMessage, bytes: number, session: ForwardSession): void;
}
export declare class ForwardSession extends StreamSession {
    #private;
    constructor(stream: Duplex, id: number, host: ForwardHost);
    protected take(bytes: Buffer): void;
    protected leave(): void;
    protected closed(): void;
}

// lib/testing/index.d.ts
export { type ContractOptions, type ContractRunner, type ContractSubject, itBehavesLikeALogTarget } from './contract.js';
export { FakeClock } from './fake-clock.js';
export { FluentdServer, type FluentdServerOptions } from './fluentd-server.js';
export type { ForwardKind, ForwardSecurity } from './forward-handshake.js';
export type { ForwardEntry, ForwardMode, ForwardTime } from './forward-message.js';
export { type ForwardError, type ForwardEvent, type ForwardMessage, ForwardReceiver, type ForwardReceiverOptions, type ResetPoint } from './forward-receiver.js';
export type { ForwardSession } from './forward-session.js';
export type { LogstashAnswer, LogstashRequest } from './logstash-http.js';
export { type LogstashEvent, type LogstashInput, LogstashReceiver, type LogstashWindow } from './logstash-receiver.js';
export { LogstashServer, type LogstashServerOptions } from './logstash-server.js';
export type { LumberjackWindow } from './lumberjack-reader.js';
export { MemoryTarget, type MemoryTargetOptions } from './memory-target.js';
export type { TestServerTls } from './server-tls.js';
export { type SomeRecord, someRecord } from './some-record.js';

// lib/testing/logstash-http.d.ts
export interface LogstashRequest {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly bytes: number;
    readonly status: number | undefined;
}
export interface LogstashAnswer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

// lib/testing/logstash-receiver.d.ts
export type LogstashInput = 'tcp' | 'udp' | 'http' | 'beats';
export interface LogstashEvent {
    readonly event: Readonly<Record<string, unknown>>;
    readonly connection: number;
    readonly message: number;
}
export interface LogstashWindow extends LumberjackWindow {
    readonly connection: number;
}
type Event = Readonly<Record<string, unknown>>;
export declare class LogstashReceiver {
    #private;
    readonly events: LogstashEvent[];
    readonly windows: LogstashWindow[];
    readonly requests: LogstashRequest[];
    readonly errors: {
        readonly connection: number;
        readonly error: unknown;
    }[];
    constructor(input: LogstashInput, clock?: Clock);
    get connections(): number;
    get openConnections(): number;
    accept(stream: Duplex): void;
    acceptDatagram(bytes: Uint8Array): void;
    received(count: number): Promise<readonly LogstashEvent[]>;
    requested(count: number): Promise<readonly LogstashRequest[]>;
    connected(count: number): Promise<void>;
    allClosed(): Promise<void>;
    duplicates(key: (event: Event) => unknown): LogstashEvent[];
    clear(): void;
    reset(): void;
    resetAfter(point: {
        readonly windows: number;
    } | {
        readonly bytes: number;
    }): void;
    halfClose(): void;
    stall(): void;
    block(interval?: number): void;
    delayAcks(ms: number): void;
    forgetAcks(count?: number): void;
    wrongAcks(count?: number): void;
    partialAcks(step: number): void;
    halveWindows(count?: number): void;
    splitAcks(): void;
    discard(count?: number): void;
    answer(answer: LogstashAnswer, count?: number): void;
    limitBody(bytes: number): void;
    rejectEvents(isBad: (event: Event) => boolean): void;
    requireLogin(username: string, password: string): void;
    heal(): Promise<void>;
}

// lib/testing/logstash-server.d.ts
export interface LogstashServerOptions {
    readonly input?: LogstashInput;
    readonly port?: number;
    readonly host?: string;
    readonly tls?: TestServerTls;
    readonly clock?: Clock;
}
export declare class LogstashServer extends LogstashReceiver {
    #private;
    private constructor();
    static start(options?: LogstashServerOptions): Promise<LogstashServer>;
    get port(): number;
    get host(): string;
    refuse(): Promise<void>;
    heal(): Promise<void>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// lib/testing/lumberjack-reader.d.ts
export interface LumberjackWindow {
    readonly events: readonly Readonly<Record<string, unknown>>[];
    readonly last: number;
    readonly compressed: boolean;
    readonly bytes: number;
}

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

// lib/testing/server-tls.d.ts
export interface TestServerTls {
    readonly cert: string | Buffer;
    readonly key: string | Buffer;
    readonly clientCa?: string | Buffer;
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

// lib/testing/stream-session.d.ts
export interface StreamFaults {
    stalled: boolean;
    bytesUntilReset: number;
    ackDelay: number;
}
export interface StreamHost {
    readonly clock: Clock;
    readonly faults: StreamFaults;
    fail(error: unknown, session: StreamSession): void;
    forget(session: StreamSession): void;
}
export declare abstract class StreamSession {
    #private;
    readonly id: number;
    protected readonly stream: Duplex;
    protected readonly acks: AckWriter;
    constructor(stream: Duplex, id: number, host: StreamHost);
    reset(): void;
    halfClose(): void;
    stall(): void;
    resume(): void;
    protected abstract take(bytes: Buffer): void;
    protected leave(): void;
    protected ended(): void;
    protected closed(): void;
}

// lib/tsyringe/decorators.d.ts
export type InjectionDecorator = (target: object, property: string | symbol | undefined, index: number) => void;
export type Injected<Tokens extends readonly InjectionToken[]> = {
    [Index in keyof Tokens]: Tokens[Index] extends abstract new (...args: never) => infer T ? T : never;
};
export type LoggedDecorator<Parameters extends readonly unknown[]> = (target: abstract new (...args: Parameters) => unknown, context?: ClassDecoratorContext) => void;
export declare function injectLogger(name?: string): InjectionDecorator;
export declare function logged(): LoggedDecorator<never>;
export declare function logged<const Tokens extends readonly InjectionToken[]>(...tokens: Tokens): LoggedDecorator<Injected<Tokens>>;

// lib/tsyringe/index.d.ts
export { type Injected, type InjectionDecorator, injectLogger, type LoggedDecorator, logged } from './decorators.js';
export { loggerFor, withLogger } from './logger-for.js';
export { type LoggingOptions, useLogging } from './use-logging.js';

// lib/tsyringe/logger-for.d.ts
export declare function loggerFor(owner: AnyClass | string): InjectionToken<Logger>;
export declare function withLogger<T>(owner: AnyClass | string, make: (logger: Logger, container: DependencyContainer) => T): FactoryProvider<T>;

// lib/tsyringe/use-logging.d.ts
export interface LoggingOptions {
    readonly targets?: readonly (InjectionToken<LogTarget> | readonly [InjectionToken<LogTarget>, LogLevel | RouteOptions])[];
}
export declare function useLogging(container: DependencyContainer, factory: LoggerFactory, options?: LoggingOptions): DependencyContainer;

// lib/wire/address.d.ts
export interface AddressOptions {
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly tls?: boolean | TlsOptions;
    readonly dial?: Dial;
}

// lib/wire/batch.d.ts
export interface TopicGroup {
    readonly topic: string;
    readonly size: number;
    readonly payload: Uint8Array;
    readonly ends: Uint32Array;
    place?(index: number): number;
}
export interface WireParts extends RowColumns {
    readonly payload: Uint8Array;
    readonly stretches: readonly Topic[];
    readonly kept: readonly LogRecord[] | undefined;
}
export declare class WireBatch extends SparseBatch {
    #private;
    constructor(parts: WireParts, encoder: Encoder, memory?: ArrayBuffer, reuses?: boolean);
    get payload(): Uint8Array;
    get rows(): number;
    level(index: number): number;
    time(index: number): number;
    start(index: number): number;
    record(index: number): LogRecord;
    get stretches(): readonly Topic[];
    groups(): TopicGroup[];
    slice(from: number, to: number): WireBatch;
    hold(): void;
    settle(): void;
    release(): void;
    protected bury(index: number): void;
    protected keep(rows: readonly number[]): void;
}

// lib/wire/bytes.d.ts
export declare class ByteWriter {
    #private;
    bytes: Buffer;
    view: DataView;
    length: number;
    constructor(capacity?: number);
    reserve(count: number): void;
    text(value: string): void;
    append(bytes: Uint8Array): void;
    truncate(length: number): void;
    copy(start: number, end: number): Buffer;
    shift(count: number): void;
}

// lib/wire/dial.d.ts
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

// lib/wire/encoder.d.ts
export interface Encoder {
    readonly format?: string;
    encode(record: LogRecord, into: ByteWriter): void;
    decode?(bytes: Uint8Array, level: number, topic: string): LogRecord;
    topic?(record: LogRecord): string;
}

// lib/wire/msgpack-scan.d.ts
export interface MessageLimits {
    readonly maxBytes: number;
    readonly maxDepth: number;
}

// lib/wire/open-rows.d.ts
export interface RowColumns {
    readonly ends: Uint32Array;
    readonly levels: Uint8Array;
    readonly times: Float64Array;
}

// lib/wire/server-list.d.ts
export interface ServerOptions extends AddressOptions {
    readonly weight?: number;
    readonly standby?: boolean;
}

// lib/wire/target.d.ts
export declare class WireLogTarget extends FlushLogTarget {
    #private;
    constructor(encoder: Encoder, transport: Transport, options?: FlushOptions);
    logRecords(records: readonly LogRecord[]): Promise<void>;
    protected close(): void | Promise<void>;
}

// lib/wire/tls.d.ts
export type Pem = string | Buffer | readonly (string | Buffer)[];
export interface TlsOptions {
    readonly ca?: Pem;
    readonly cert?: Pem;
    readonly key?: string | Buffer;
    readonly passphrase?: string;
    readonly servername?: string;
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
    readonly rejectUnauthorized?: boolean;
}

// lib/wire/transport.d.ts
export interface Transport {
    readonly reusesMemory?: boolean;
    send(batch: WireBatch): Promise<void>;
    prepare?(batch: WireBatch): void;
    sendNow?(batch: WireBatch): boolean;
    sendSync?(batch: WireBatch): boolean | 'unwanted';
    close(): void | Promise<void>;
}
