/** What requests have that nobody else may know. */
export interface Secretive {
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Characters of a header or a part of a query below which it is no secret, and of a part of a path, which is one rarely. */
const leastSecret = 4;
const leastSecretName = 16;

/**
 * The texts by which a secret of a request can be recognized in an answer: the password, what is in headers, in the query,
 * and long parts of the path, as webhooks have them.
 */
export function secretsOf({ path, headers, username, password }: Secretive): readonly string[] {
  const { pathname, searchParams } = new URL(`http://here${path}`);
  // Of `Bearer …` and the like, the last word alone, too.
  const words = Object.values(headers).flatMap(value => [value, value.slice(value.lastIndexOf(' ') + 1)]);
  const secrets = [
    ...[...words, ...searchParams.values(), ...searchParams.keys()].filter(({ length }) => length >= leastSecret),
    ...pathname.split('/').filter(({ length }) => length >= leastSecretName)
  ];
  if (password !== undefined) secrets.push(password, `${username}:${password}`);
  return [...new Set(secrets.flatMap(secret => [secret, encodeURIComponent(secret)]))];
}

/** Whether `text`, bytes of UTF-8 that were read as Latin-1, has one of `secrets` in it. */
export function holdsOne(text: string, secrets: readonly string[]): boolean {
  return secrets.some(secret => text.includes(Buffer.from(secret).toString('latin1')));
}
