import { setTimeout } from 'node:timers/promises';
import type { LoggingConfig, TargetConfig } from '../core/config/configure.js';
import { load } from '../core/config/source.js';
import { isPlainObject } from '../core/values.js';
import { describeFailure, LoggerFactory } from '../index.js';
import { SpoolFormatError } from '../spool/spool.js';
import type { TargetSurvey } from '../spool/survey.js';
import { CommandError, type Given, type Streams } from './command.js';
import { refuseLiving } from './drop.js';
import { isNamed, targetsOf } from './targets.js';

/** Milliseconds between two looks at what is left. */
const interval = 100;

/**
 * Sends what is in spools, as the target of the same name would that takes one up. Throws if a process that lives keeps
 * one of them, and if something is left when time is up.
 */
export async function replay(given: Given, streams: Streams): Promise<void> {
  const targets = (await targetsOf(given)).filter(({ logs }) => logs.length > 0);
  for (const target of targets) refuseLiving(target);
  for (const target of targets) await send(target, configOf(target, given), given.timeout, streams);
}

async function send(target: TargetSurvey, config: LoggingConfig, timeout: number, streams: Streams): Promise<void> {
  let refusal: string | undefined;
  const factory = LoggerFactory.fromConfig(config, {
    onFailure: failure => {
      const cause = failure.error instanceof Error ? failure.error.cause : undefined;
      if (cause instanceof SpoolFormatError) refusal = `${target.name}: ${cause.message}`;
      else if (failure.kind !== 'kept') streams.err(describeFailure(failure));
    }
  });
  const expected = target.logs.reduce((sum, { records }) => sum + records, 0);
  const end = Date.now() + timeout;
  const left = () => {
    const [{ accepted, pending } = { accepted: 0, pending: 0 }] = factory.stats().targets;
    return Math.max(expected - accepted, 0) + pending;
  };
  while (left() > 0 && refusal === undefined && Date.now() < end) await setTimeout(interval);
  const open = left();
  await factory.dispose({ timeout: Math.max(1000, end - Date.now()) });
  const [{ delivered, lost } = { delivered: 0, lost: 0 }] = factory.stats().targets;
  streams.out(`${target.name}: ${delivered} record(s) sent`);
  if (refusal !== undefined) throw new CommandError(refusal);
  if (lost > 0) throw new CommandError(`${target.name}: ${lost} record(s) are lost`);
  if (open > 0) throw new CommandError(`${target.name}: ${open} record(s) are left after ${timeout} ms`);
}

/** A configuration of nothing but the target, which takes up the spool. What the receiver refuses goes nowhere else. */
function configOf(target: TargetSurvey, given: Given): LoggingConfig {
  const root = target.directory.replace(/[\\/][^\\/]*$/, '');
  const { type, fallbackTarget, spool, ...options } =
    given.to === undefined ? configured(target, given) : addressed(given.to);
  const own = isPlainObject(spool) ? spool : {};
  return { targets: { [target.name]: { ...options, type, spool: { ...own, directory: root, mode: 'outage' } } } };
}

/** The target of that name in the configuration. */
function configured(target: TargetSurvey, { config }: Given): TargetConfig {
  if (config === undefined)
    throw new CommandError('replay needs --config or --to, to know where the records are to go');
  const { targets } = load(config).tree as LoggingConfig;
  const found = Object.entries(targets ?? {}).find(([key, { name = key }]) => isNamed(target, String(name)));
  if (found === undefined) throw new CommandError(`${config} has no target with the name ${target.name}`);
  return found[1];
}

/**
 * A target by its address: credentials, host, port and path are options, and so is what stands behind the question mark, as
 * JSON if it is.
 */
function addressed(to: string): TargetConfig {
  const url = URL.canParse(to) ? new URL(to) : undefined;
  if (url === undefined) {
    const shown = to.replace(/\/\/[^/]*@/, '//…@');
    throw new CommandError(`--to must be an address like fluentd://127.0.0.1:24224?tag=shop, got ${shown}`);
  }
  const { protocol, username, password, hostname, port, pathname, searchParams } = url;
  const parts = {
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    host: hostname.replace(/^\[|\]$/g, ''), // of an IPv6 address
    port: port === '' ? '' : Number(port),
    path: pathname === '/' ? '' : decodeURIComponent(pathname)
  };
  return {
    type: protocol.slice(0, -1),
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== '')),
    ...Object.fromEntries(Array.from(searchParams, ([name, text]) => [name, parsed(text)]))
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a text that needs no quotes here
  }
}
