import type { Clock } from '../core/clock.js';
import type { Ticket } from '../core/receipt.js';
import type { SpoolStats } from '../core/target.js';
import type { Spool } from '../spool/spool.js';
import { isSafe, type QueuedBatch } from './batch.js';
import { Crowd } from './crowd.js';
import { FirstLook } from './first-look.js';
import { Pause } from './pause.js';
import type { Room } from './room.js';
import { SpoolEvents, type SpoolEventsParts } from './spool-events.js';
import { SpoolLine } from './spool-line.js';
import { SpoolReports } from './spool-reports.js';
import type { SpoolSetup } from './spool-setup.js';
import { SpoolWriter, type SpoolWriterParts } from './spool-writer.js';

/** What a spooling works with. */
export interface SpoolingParts<B extends QueuedBatch>
  extends Pick<
      SpoolWriterParts<B>,
      'limits' | 'stock' | 'open' | 'slice' | 'cutAll' | 'accepted' | 'outbound' | 'taken'
    >,
    Pick<SpoolEventsParts<B>, 'ledger' | 'lose' | 'onRecovered'> {
  readonly setup: SpoolSetup<B>;
  readonly name: () => string;
  readonly clock: Clock;
  readonly room: Room<B>;
  /** Whether the target is thought to be down. */
  readonly isDown: () => boolean;
  /** There may be something to be sent. */
  readonly onReady: () => void;
}

/**
 * The part of a queue that is on disk: what it holds comes after what has been taken out of the queue, and before the
 * stock. Decides when records are written, and goes on without the disk while that fails.
 */
export class Spooling<B extends QueuedBatch> {
  readonly #parts: SpoolingParts<B>;
  readonly #reports: SpoolReports;
  readonly #events: SpoolEvents<B>;
  readonly #spool: Spool;
  readonly #look: FirstLook;
  readonly #line: SpoolLine<B>;
  readonly #writer: SpoolWriter<B>;
  readonly #crowd: Crowd;
  /** While one runs, that is not tried. */
  readonly #noReading: Pause;
  readonly #noWriting: Pause;
  #isStopped = false;
  isClosed = false;
  #isGivenUp = false;
  /** What was on disk has gone, and what is in memory of it has not all been written again. */
  #hasGone = false;
  /** Batches that were taken out and stay all the same. */
  readonly #staying = new Set<B>();

  constructor(parts: SpoolingParts<B>) {
    const { setup, room, clock, onReady } = parts;
    this.#parts = parts;
    this.#reports = new SpoolReports({ ...setup, clock, target: parts.name });
    this.#events = new SpoolEvents({
      ...parts,
      reports: this.#reports,
      spool: () => this.#spool,
      line: () => this.#line,
      onGone: () => this.#writeAgain()
    });
    this.#spool = setup.make(this.#events);
    this.#line = new SpoolLine({
      spool: this.#spool,
      codec: setup.codec,
      onRead: onReady,
      onError: error => this.#failed('reading', error, this.#noReading),
      onUnreadable: (batch, error) => this.#events.unreadable(batch, error)
    });
    this.#writer = new SpoolWriter({
      ...parts,
      outbound: () => this.#withGone(parts.outbound()),
      taken: () => this.#withGone(parts.taken()),
      spool: this.#spool,
      codec: setup.codec,
      isWanted: () => this.#isWanted,
      writesOpen: () => setup.mode === 'always',
      // What is sent soon need not be read.
      staysInMemory: () => !this.#isStopped && !room.isQuarterFull && !this.#spool.isCrowded,
      onWritten: (...written) => this.#written(...written),
      onError: error => this.#failed('writing', error, this.#noWriting),
      onIdle: () => {
        this.#hasGone &&= this.#line.inRoom.some(batch => !isSafe(batch));
        this.#crowd.ease();
      }
    });
    this.#crowd = new Crowd(clock, () => room.isHalfFull && this.#writer.isBusy);
    this.#noReading = new Pause(clock, () => this.#line.readAhead());
    this.#noWriting = new Pause(clock, () => this.check());
    this.#look = new FirstLook({
      clock,
      open: () => this.#spool.open(),
      onError: error => this.#reports.tell('opening', error),
      onOver: () => {
        this.#line.readAhead();
        onReady();
      }
    });
  }

  get stats(): SpoolStats {
    const { records, bytes } = this.#spool;
    return { records, bytes, recovered: this.#events.recovered };
  }

  /** When the oldest record on disk was logged. */
  get since(): number | undefined {
    return this.#spool.since;
  }

  /** Whether it can be expected to keep what it is given. */
  get isAble(): boolean {
    return !this.#noWriting.isOn;
  }

  get isEmpty(): boolean {
    return this.#line.isEmpty;
  }

  /**
   * The place of the first batch that is on disk, or on its way there: 0 while that is not known, Infinity if there is none
   * that is waited for.
   */
  get ordinal(): number {
    const ordinals = this.#writer.batches.map(({ ordinal }) => ordinal);
    if (this.#isStopped) return Math.min(...ordinals);
    return this.#look.isOver ? Math.min(this.#line.ordinal, ...ordinals) : 0;
  }

  /** Records that take room in the queue, and stand neither in the stock nor outside. */
  get inRoom(): number {
    return [...this.#writer.batches, ...this.#line.inRoom].reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether nothing of the stock is to be sent now: older records come first, or it is to be written before. */
  get comesFirst(): boolean {
    if (this.#isStopped) return false;
    const hasOlder =
      !this.#look.isOver || this.#writer.batches.length > 0 || !(this.#line.isEmpty || this.#isOvertaken);
    return hasOlder || (this.isAble && this.#parts.setup.mode === 'always');
  }

  /** Whether a batch that cannot be sent is safe, or will be; without one, whether any would be. */
  keeps(batch: B | undefined): boolean {
    return this.isAble || (batch !== undefined && isSafe(batch));
  }

  /** The next batch to be sent; undefined if there is none, or if it must be read first. */
  take(): B | undefined {
    if (this.#isStopped || !this.#look.isOver || this.#isOvertaken) return undefined;
    const ordinals = this.#writer.batches.map(({ ordinal }) => ordinal);
    return Math.min(...ordinals) < this.#line.nextOrdinal ? undefined : this.#line.take();
  }

  /** Whether the next batch on disk comes behind the stock: what was older could not be written. */
  get #isOvertaken(): boolean {
    const next = this.#line.nextOrdinal;
    return next < Number.POSITIVE_INFINITY && (this.#parts.stock.first?.ordinal ?? next) < next;
  }

  /** Sees to it that what is to be written is. */
  check(): void {
    if (this.#isWanted) this.#writer.start();
  }

  /** The open batch was cut. */
  cut(): void {
    this.#writer.cut();
    this.check();
  }

  /**
   * What the log call waits for whose record was just taken: in the mode `always` until that is on disk, else only, where
   * `isCrowded`, until the disk has made room in memory; undefined if it need not wait, or the disk cannot be waited for.
   */
  settled(isCrowded: boolean): Promise<void> | undefined {
    const isWritten = this.#parts.setup.mode === 'always';
    if (!(isCrowded || isWritten) || !this.isAble || this.#isStopped) return undefined;
    if (isWritten) return this.#writer.written();
    this.#writer.start();
    return this.#crowd.wait();
  }

  /** A record comes, and memory is more than half full: what it will have no room for is written on this stack. */
  spill(): void {
    if (this.#parts.room.isNearlyFull && this.isAble && !this.#isStopped) this.#writer.spill();
  }

  /** The time of the open batch has come: what cannot be sent now is written now. */
  due(): void {
    if (this.#parts.setup.mode === 'outage' && this.#isWanted) this.#parts.cutAll();
  }

  /** A batch has left, for good unless it stays. */
  left(batch: B): void {
    if (!this.#staying.delete(batch)) this.#line.left(batch);
    this.#watchRoom();
  }

  /** There is no time to send this batch: whether it stays on disk. */
  keep(batch: B): boolean {
    if (!isSafe(batch)) return false;
    this.#staying.add(batch);
    for (const ticket of batch.tickets?.values() ?? []) this.#settle(ticket, batch.id, batch.attempt + batch.earlier);
    return true;
  }

  /** Sends nothing any more, and writes everything that is in memory; resolves when that is done, or cannot be. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#parts.cutAll();
    this.check();
    await this.#writer.idle();
  }

  /** Closes the files. Resolves when what is kept can be taken up by another process. */
  async close(): Promise<void> {
    const { setup, name, ledger } = this.#parts;
    this.#isStopped = true;
    await this.#writer.idle();
    this.isClosed = true;
    this.#crowd.close();
    for (const one of [this.#look, this.#noReading, this.#noWriting]) one.stop();
    for (const batch of this.#line.inRoom) {
      this.#parts.room.leaving(batch);
      this.#parts.room.left(batch);
    }
    for (const [ticket, chunk] of this.#line.tickets()) this.#settle(ticket, chunk, 0);
    await this.#spool.close();
    const { records: count } = this.#spool;
    if (count === 0) return;
    setup.report({ kind: 'kept', target: name(), count, directory: setup.directory, error: ledger.lastError });
  }

  /** The process ends: writes what is in memory, on this stack. Returns how many of the batches, from the first, are kept. */
  keepNow(batches: readonly B[]): number {
    this.#isStopped = true;
    return this.#writer.keepNow(batches);
  }

  /** Nobody waits for the disk any more: the batches that it has not written yet. */
  giveUp(): readonly B[] {
    const batches = this.#writer.batches;
    this.#isGivenUp = true;
    this.#writer.letGo();
    this.#crowd.close();
    return batches;
  }

  /** Batches that are being written. */
  get unwritten(): readonly B[] {
    return this.#writer.batches;
  }

  get #isWanted(): boolean {
    const { setup, isDown, room } = this.#parts;
    if (!this.isAble) return false;
    return setup.mode === 'always' || this.#isStopped || !this.#line.isEmpty || isDown() || room.isHalfFull;
  }

  /** These batches, and those that have to be written again. */
  #withGone(batches: readonly B[]): readonly B[] {
    return this.#hasGone ? [...batches, ...this.#line.inRoom] : batches;
  }

  #written(...[batch, where, dropped, parts]: Parameters<SpoolWriterParts<B>['onWritten']>): void {
    const { room, onReady } = this.#parts;
    if (this.#isGivenUp) return; // it is counted as lost; the next process may find it all the same
    this.#noWriting.reset();
    this.#reports.worked('writing');
    this.#line.add(batch, where, parts);
    if (dropped.length > 0) {
      const levels = dropped.map(row => batch.level(row));
      const times = dropped.map(row => batch.time(row));
      this.#events.onLoss({ reason: 'queue full', id: batch.id, numbers: dropped, levels, times });
    }
    if (where === 'disk') {
      room.leaving(batch);
      room.left(batch);
    }
    this.#watchRoom();
    this.#crowd.ease();
    onReady();
  }

  /** What is in memory and was on disk is so no more. */
  #writeAgain(): void {
    for (const batch of [...this.#parts.outbound(), ...this.#line.inRoom]) {
      const { onDisk, id } = batch;
      // A part of a batch is not known by its own name.
      if (onDisk?.id === id && !onDisk.isRead) batch.onDisk = { ...onDisk, written: 0 };
    }
    this.#hasGone = true;
    this.check();
  }

  #failed(what: string, error: unknown, pause: Pause): void {
    if (pause.isOn || this.isClosed) return;
    pause.begin();
    this.#reports.tell(what, error);
    this.#parts.onReady();
  }

  #watchRoom(): void {
    this.#parts.room.isCrowded = this.#spool.isCrowded && !this.#line.isEmpty;
  }

  #settle(ticket: Ticket, chunk: string, attempts: number): void {
    ticket.settle({ target: this.#parts.name(), outcome: 'kept', chunk, attempts });
  }
}
