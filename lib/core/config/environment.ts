/** Where variables come from: `process.env`, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text after its variables have been filled in. */
export interface Expanded {
  readonly text: string;
  /** The variables that it named. Where there are any, `text` may be a secret. */
  readonly variables: readonly string[];
}

/** `$${`, or `${…}`, or a `${` that does not end. */
const references = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const variable = /^([A-Za-z_]\w*)(?::(.*))?$/s;

/**
 * `text` with `${NAME}` and `${NAME:default}` replaced, and `$${` by `${`. A variable that is empty counts as not set.
 * What a variable holds is not looked at again.
 *
 * Throws if a variable is not set and there is no default, or if a `${` begins neither of the two forms; `where` is what
 * the message begins with.
 */
export function expand(where: string, text: string, environment: Environment): Expanded {
  const variables: string[] = [];
  const expanded = text.replace(references, (found: string, body: string | undefined) => {
    if (found === '$${') return '${';
    const [, name, standard] = variable.exec(body ?? '') ?? [];
    if (name === undefined || standard?.includes('${')) {
      throw new TypeError(`${where}: \${ must begin \${NAME} or \${NAME:default}; $\${ stands for itself`);
    }
    variables.push(name);
    const value = (Object.hasOwn(environment, name) && environment[name]) || standard;
    if (value === undefined) {
      throw new Error(`${where}: the environment variable ${name} is not set; \${${name}:default} would need none`);
    }
    return value;
  });
  return { text: expanded, variables };
}
