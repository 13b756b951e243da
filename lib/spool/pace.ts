/** Bytes that are worked through before others have their turn: less than two milliseconds, also of small frames. */
const stride = 128 * 1024;

/** What a frame costs besides its bytes, in bytes. */
export const frameCost = 2048;

/** Lets others run while many bytes are worked through. */
export class Pace {
  #bytes = 0;

  /** Resolves at once, or in the next turn of the event loop if it is time for that. */
  async spend(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < stride) return;
    this.#bytes = 0;
    await new Promise(setImmediate);
  }
}
