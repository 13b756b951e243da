import { boolean, type Checked, checkOptions, integer, listOf, options, type Rule, type Rules } from '../core/check.js';
import { type Address, type AddressOptions, addressOf, type addressRules } from './address.js';
import type { Server } from './servers.js';

/** One of several servers that take the same. */
export interface ServerOptions extends AddressOptions {
  /** Its share of the work, in proportion to the weights of the others: 1 or more. Default: 60, as in Fluentd. */
  readonly weight?: number;
  /** Whether it works only while others do not. Default: false. */
  readonly standby?: boolean;
}

const serverRules = { weight: integer(1, 60), standby: boolean(false) };

/** The rule for an option `servers`, with the rules for what each server can have besides weight and standby. */
export function serverListRule<S extends ServerOptions>(rules: Rules): Rule<readonly S[] | undefined> {
  const server = { ...options<S>('a map of options', { ...rules, ...serverRules }), isSecret: true };
  return { ...listOf('a list of one server or more', server, 1), isSecret: true };
}

/** A server to dial, with the options that are its own, checked. */
export interface DialledServer<R extends Rules> extends Server, Address {
  readonly own: Checked<R>;
}

/** What says where one server is: every server of a list has its own. */
const place = ['host', 'path', 'dial'] as const;

/**
 * The servers that a target's options name: those of `servers`, each with what it lacks but its place taken from the
 * target's own options, or the one that these describe. `rules` are for the options that a server can have besides weight
 * and standby. Throws as `checkOptions` does; `owner` is whose options they are.
 */
export function serversOf<R extends ReturnType<typeof addressRules> & Rules>(
  owner: string,
  rules: R,
  given: AddressOptions & { readonly servers?: readonly ServerOptions[] | undefined }
): DialledServer<R>[] {
  const own: AddressOptions = Object.fromEntries(Object.entries(given).filter(([key]) => Object.hasOwn(rules, key)));
  const make = (where: string, options: ServerOptions, common: object): DialledServer<R> => {
    const checked = checkOptions(where, { ...rules, ...serverRules }, { ...common, ...options });
    const address = addressOf(where, checked, options);
    const { weight, standby } = checked as Checked<typeof serverRules>;
    return { ...address, weight, standby, own: checked as Checked<R> };
  };
  if (given.servers === undefined) return [make(owner, own, {})];
  for (const key of place) {
    if (given[key] !== undefined) throw new TypeError(`${owner}: ${key} must be left out where servers is given`);
  }
  return given.servers.map((server, index) => make(`${owner}: servers[${index}]`, server, own));
}
