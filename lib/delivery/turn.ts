/**
 * Bytes that may be accepted within one turn of the event loop before log calls return a promise that is pending until
 * the next turn. A tight `await` loop over resolved promises never lets the loop turn: nothing would be sent and no
 * acknowledgement read. With 8 MiB such a loop of a million records was measured 17 % faster than without a bound, in a
 * fifth of the memory.
 */
const maxBytesPerTurn = 2 * 1024 * 1024;

/**
 * Milliseconds after which that is so, too, counted from the first record of the turn: before its code is compiled, a program
 * takes 70 ms for 2 MiB. A turn may take 10 ms: the rest is for what else happens in it, a batch or two and V8's collections.
 */
const maxTimePerTurn = 3;

let accepted = 0;
/** When the first record of this turn was logged. */
let begin = 0;
/** The end of this turn; undefined if nobody has asked for it. Keeps the process alive only if somebody waits for it. */
let end: NodeJS.Immediate | undefined;
let waiting: Promise<void> | undefined;
let wake: (() => void) | undefined;

/** Counts a record accepted in this turn, with its time; a promise for the next turn if that has taken enough. */
export function acceptInTurn(bytes: number, time: number): Promise<void> | undefined {
  if (end === undefined) {
    end = setImmediate(endTurn).unref();
    begin = time;
  }
  accepted += bytes;
  return accepted > maxBytesPerTurn || time - begin >= maxTimePerTurn ? nextTurn() : undefined;
}

/** Resolves in the next turn; one promise for all who ask in this one. */
export function nextTurn(): Promise<void> {
  if (waiting !== undefined) return waiting;
  end ??= setImmediate(endTurn);
  end.ref();
  waiting = new Promise(resolve => {
    wake = resolve;
  });
  return waiting;
}

/** Whether this is the promise for the next turn: what is taken with it has been taken. */
export function isNextTurn(promise: Promise<void>): boolean {
  return promise === waiting;
}

function endTurn(): void {
  accepted = 0;
  end = undefined;
  waiting = undefined;
  wake?.();
  wake = undefined;
}
