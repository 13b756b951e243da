/**
 * Names of fields that hold secrets, for `redact: true`, and to be added to: `redact: { keys: [...secretKeys, 'pin'] }`.
 * `*` at the ends is any run of characters.
 */
export const secretKeys: readonly string[] = Object.freeze([
  ...['*password*', 'passwd', 'pwd', 'passphrase', 'passcode', '*secret*', '*credential*'],
  ...['token', '*token', '*apikey', '*accesskey', '*privatekey', '*encryptionkey', '*signingkey', 'jwt', 'bearer'],
  ...['auth', '*authorization', '*cookie', 'cookies', 'sessionid', 'connect.sid', 'csrf', 'xsrf', 'otp'],
  ...['creditcard*', 'cardnumber', 'ccnumber', 'cvv', 'cvc', 'iban', 'ssn', 'socialsecuritynumber']
]);

/** Names behind which a text has a secret: `password=…`, `"token": "…"`. */
const named =
  '(?:pass(?:word|wd|phrase)|pwd|(?:[a-z]+[_-])?(?:secret|token)|[a-z]*(?:api|access)[_-]?key|authorization)';

/**
 * The patterns, and for each what every text has that it matches: most texts have none of these, and to look for them is
 * cheaper. Each takes time linear in the text, whatever that is: no two parts of one can match the same run of characters.
 */
const hinted: readonly (readonly [pattern: RegExp, hint: RegExp])[] = [
  // RFC 6750 and RFC 7617: what follows the scheme of an Authorization header.
  [/(?<=\bBearer {1,3})[\w.~+/-]+=*|(?<=\bBasic {1,3})(?=[a-z+/]*[A-Z\d])[A-Za-z\d+/]{4,}={0,2}/g, /B(?:earer|asic) /],
  // A JSON Web Token: the header of every one begins with `{"`.
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, /eyJ/],
  // A private key in PEM, RFC 7468.
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g, /---B/],
  // Tokens that tell what they are: of AWS, GitHub, GitLab, Slack, Stripe, OpenAI, npm, Google.
  [
    /\b(?:A[KS]IA[A-Z\d]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|AIza[\w-]{35})\b|(?<![\w-])(?:glpat-|xox[abposr]-|[rs]k_(?:live|test)_|sk-|npm_)[\w-]{16,}/g,
    /A[KS]IA|gh[pousr]_|github_|AIza|glpat-|xox|[rs]k_|sk-|npm_/
  ],
  // The password in a URL, RFC 3986.
  [/(?<=:\/\/[^\s:@/?#]{0,256}:)[^\s@/?#]+(?=@)/g, /:\/\//],
  // A token as the user of a URL.
  [/(?<=\bhttps?:\/\/)[^\s:@/?#]{1,256}(?=@)/g, /https?:\/\//],
  // Cookies in a header, RFC 6265.
  [/(?<=\b(?:Set-)?Cookie: {0,3})[^\s"'{%=;:]+=[^\r\n"']*/gi, /cookie:/i],
  // `<password>…</password>`
  [new RegExp(`(?<=<(?:[\\w-]{1,40}:)?${named}>)[^<]+(?=<\\/)`, 'gi'), /<\//],
  // `password=…` and `"password": "…"`; not a place in a template that is still to be filled.
  [
    new RegExp(
      `(?<=\\b${named}\\\\?["']?\\s?[:=]\\s?\\\\?["']?)` +
        `(?:(?<=")[^"\\\\]+|(?<=')[^']+|(?<!["'])[^\\s"'&,;{}%[\\]<>()\\\\]+)`,
      'gi'
    ),
    /(?:word|wd|phrase|secret|token|key|authorization)\\?["']?\s?[:=]/i
  ],
  // `--password …`, as commands are given it, which `child_process` puts into its errors.
  [new RegExp(`(?<=(?<![\\w-])--(?:[a-z]{1,40}-){0,3}${named} {1,3}["']?)[^\\s"'{%-][^\\s"']*`, 'gi'), /--[a-z]/i]
];

/** What is secret in any text, for `redact: true`. */
export const secretPatterns: readonly RegExp[] = Object.freeze(hinted.map(([pattern]) => pattern));

/** What every text has that a pattern of ours matches. */
export const secretHints: ReadonlyMap<RegExp, RegExp> = new Map(hinted);

/** A text without a match of this has none of the hints, which one search finds out. */
export const anyHint = new RegExp(hinted.map(([, hint]) => hint.source).join('|'), 'i');
