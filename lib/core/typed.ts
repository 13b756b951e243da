/*
 * What the compiler knows of a log call. Nothing of it is there at run time.
 */

/** Says which field a template has that neither the logger nor the call gives. */
export interface NoSuchField<Name> {
  readonly 'the template has a field that is not given': Name;
}

/** Says which field of a call has another type than the logger's field of that name. */
export interface FieldOfAnotherType<Name> {
  readonly 'the field has another type in this logger': Name;
}

/**
 * What a message must be besides itself: nothing, unless the logger's fields are known (`Logger<{ requestId: string }>`).
 * Then each `{name}` of a template that the compiler can read must be one of them or be given in the call, and fields
 * of a call that have the name of one of them must have its type.
 */
export type Checked<Message, Args extends readonly unknown[], Fields> = unknown extends Fields
  ? unknown
  : [Unfilled<FieldsOf<Message>, Given<Args> | keyof Fields>] extends [never]
    ? [Conflicts<LastOf<Args>, Fields>] extends [never]
      ? unknown
      : FieldOfAnotherType<Conflicts<LastOf<Args>, Fields>>
    : NoSuchField<Unfilled<FieldsOf<Message>, Given<Args> | keyof Fields>>;

/** The names in braces of a template; `never` for what is no literal. */
export type FieldsOf<Template> = Template extends string
  ? string extends Template
    ? never
    : Template extends `${string}{${infer Rest}`
      ? FieldsAfterBrace<Rest>
      : never
  : never;

/** The same, of what follows a `{`: a name and what comes behind it, or no name, with another `{` in it. */
type FieldsAfterBrace<Rest extends string> = Rest extends `${infer Name}}${infer More}`
  ? Name extends `${string}{${string}`
    ? FieldsOf<Rest>
    : (IsName<Name> extends true ? Name : never) | FieldsOf<More>
  : never;

/** The characters of ASCII that no name of a field has (`placeholder` in template.ts). */
type NoNameHas =
  | (' ' | '\t' | '\n' | '\r' | '!' | '"' | '#' | '%' | '&' | "'" | '(' | ')' | '*' | '+' | ',' | '/' | ':' | ';')
  | ('<' | '=' | '>' | '?' | '[' | '\\' | ']' | '^' | '`' | '|' | '~');

type IsName<Name extends string> = string extends Name
  ? false
  : Name extends '' | `${string}${NoNameHas}${string}` | `${'-' | '.'}${string}`
    ? false
    : Name extends `${number}${string}`
      ? Name extends `${bigint}`
        ? true
        : false
      : true;

/** Those of `Names` that are not among `Known`: `user.name` is, if `user` is. */
type Unfilled<Names extends string, Known> = Names extends Known
  ? never
  : Names extends `${infer Head}.${string}`
    ? Head extends Known
      ? never
      : Names
    : Names;

/** The last of the arguments: what may be the fields of the call. */
type LastOf<Args extends readonly unknown[]> = Args extends readonly [...unknown[], infer Last] ? Last : unknown;

/** The names of the fields that a call gives; any name, if the compiler cannot tell. */
type Given<Args extends readonly unknown[]> = number extends Args['length']
  ? string
  : Args extends readonly []
    ? never
    : KeysOf<LastOf<Args>>;

type KeysOf<Last> = unknown extends Last
  ? string
  : Last extends readonly unknown[]
    ? never
    : Last extends object
      ? object extends Last
        ? string
        : keyof Last
      : never;

/** The names of fields that have another type in `Fields`. */
type Conflicts<Last, Fields> = Last extends readonly unknown[]
  ? never
  : Last extends object
    ? string extends keyof Last
      ? never
      : { [Key in keyof Last & keyof Fields]: Last[Key] extends Fields[Key] ? never : Key }[keyof Last & keyof Fields]
    : never;
