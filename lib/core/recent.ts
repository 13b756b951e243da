/**
 * A map that keeps the last `room` entries that were set or asked for, and somewhat more: when so many are young, the old
 * ones go and the young ones are old. Costs one lookup for what is asked for often, and never a search for what to forget.
 */
export class Recent<K, V extends object> {
  readonly #room: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(room: number) {
    this.#room = room;
  }

  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#rejuvenated(key);
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#room) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  #rejuvenated(key: K): V | undefined {
    const value = this.#old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
}
