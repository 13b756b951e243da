/** Finds other names for those that are taken: `name_2`, then `name_3`. Quick also for many of the same name. */
export class Renamer {
  /** The last number that was given to a name. */
  readonly #numbers = new Map<string, number>();

  /** `name` if it is not taken, otherwise with the first number behind it that makes it so. */
  free(name: string, isTaken: (name: string) => boolean): string {
    if (!isTaken(name)) return name;
    let number = (this.#numbers.get(name) ?? 1) + 1;
    while (isTaken(`${name}_${number}`)) number++;
    this.#numbers.set(name, number);
    return `${name}_${number}`;
  }
}
