/** Where variables come from: `process.env`, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text after its variables have been filled in. */
export interface Expanded {
  readonly text: string;
  /** The variables that it named. Where there are any, `text` may be a secret. */
  readonly variables: readonly string[];
}

/**
 * `text` with `${NAME}` and `${NAME:default}` replaced, and `$${` by `${`. A variable that is empty counts as not set. A
 * default may have variables in it, and braces that close. What a variable holds is not looked at again.
 *
 * Throws if a variable is not set and there is no default, or if a `${` begins neither of the two forms; `where` is what
 * the message begins with.
 */
export function expand(where: string, text: string, environment: Environment): Expanded {
  if (!text.includes('${')) return { text, variables: [] };
  const expansion = new Expansion(where, text, environment);
  return { text: expansion.read('to the end', true), variables: expansion.variables };
}

/** What means something: an escape, the beginning of a variable, of what is none, and braces. */
const marks = /\$\$\{|\$\{(?:([A-Za-z_]\w*)([:}]))?|[{}]/g;

/** Reads one text from its beginning to its end. */
class Expansion {
  readonly variables: string[] = [];
  readonly #where: string;
  readonly #text: string;
  readonly #environment: Environment;
  #at = 0;

  constructor(where: string, text: string, environment: Environment) {
    this.#where = where;
    this.#text = text;
    this.#environment = environment;
  }

  /** The text from here on. Of a default that is not used, nothing matters but where it ends. */
  read(what: 'to the end' | 'a default', isUsed: boolean): string {
    let result = '';
    let open = 0;
    for (;;) {
      marks.lastIndex = this.#at;
      const match = marks.exec(this.#text);
      const [mark = '', name, behind] = match ?? [];
      const index = match?.index ?? this.#text.length;
      result += this.#text.slice(this.#at, index);
      this.#at = index + mark.length;
      if (mark === '') {
        if (what === 'a default') throw this.#malformed();
        return result;
      }
      if (mark === '}' && open === 0 && what === 'a default') return result;
      if (mark === '$${') result += '${';
      else if (name !== undefined) result += this.#variable(name, behind === ':', isUsed);
      else if (mark === '${') throw this.#malformed();
      else {
        open += mark === '{' ? 1 : -1;
        result += mark;
      }
    }
  }

  #variable(name: string, hasDefault: boolean, isUsed: boolean): string {
    if (isUsed) this.variables.push(name);
    const set = (Object.hasOwn(this.#environment, name) && this.#environment[name]) || undefined;
    const standard = hasDefault ? this.read('a default', isUsed && set === undefined) : undefined;
    const value = set ?? standard;
    if (value !== undefined || !isUsed) return value ?? '';
    throw new Error(`${this.#where}: the environment variable ${name} is not set; \${${name}:default} would need none`);
  }

  #malformed(): TypeError {
    return new TypeError(`${this.#where}: \${ must begin \${NAME} or \${NAME:default}; $\${ stands for itself`);
  }
}
