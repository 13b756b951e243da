import { parseArgs } from 'node:util';
import { version } from '../core/version.js';
import { visible } from '../core/visible.js';
import { cat } from './cat.js';
import { drop } from './drop.js';
import { list } from './list.js';
import { replay } from './replay.js';

/** Where a command writes to: whole lines. */
export interface Streams {
  /** What comes back is waited for before there is more to write. */
  readonly out: (line: string) => unknown;
  readonly err: (line: string) => void;
}

/** What a command is given. */
export interface Given {
  readonly directory: string;
  /** The name of the only target that is meant; undefined for all. */
  readonly target: string | undefined;
  readonly config: string | undefined;
  readonly to: string | undefined;
  /** Milliseconds that it may take. */
  readonly timeout: number;
}

/** What was asked for cannot be done; the message tells the user why. */
export class CommandError extends Error {
  override name = 'CommandError';
}

const usage = `Usage: logflume spool <command> <directory> [options]

  ls      tells what is in a spool
  cat     prints its records as JSON lines
  replay  sends them: to the target of that name in a configuration, or to an address
  drop    deletes what dead processes have left, and what was set aside

  --target <name>     only what is of this target
  --config <file>     replay: a configuration as LoggerFactory.fromConfig takes it
  --to <url>          replay: fluentd://host:port?tag=shop, logstash://host:port?transport=beats
  --timeout <ms>      replay: how long it may take; default 60000

  --version           tells the version of logflume
  --help              tells this`;

const commands = { ls: list, cat, replay, drop } as const;

/** Carries a command out. Resolves with the exit code of the process: 0, 1 if it failed, 2 if it is none. Never rejects. */
export async function runCommand(args: readonly string[], streams: Streams): Promise<number> {
  // Names of directories and what processes say of themselves may hold what would command a terminal.
  const lines = {
    out: (line: string) => streams.out(visible(line)),
    err: (line: string) => streams.err(visible(line))
  };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [topic, name = '', directory, ...others] = positionals;
    if (values.help === true) {
      streams.out(usage);
      return 0;
    }
    if (values.version === true) {
      streams.out(version);
      return 0;
    }
    const command = Object.hasOwn(commands, name) ? commands[name as keyof typeof commands] : undefined;
    if (topic !== 'spool' || command === undefined || directory === undefined || others.length > 0) {
      streams.err(usage);
      return 2;
    }
    const { target, config, to } = values;
    await command({ directory, target, config, to, timeout: timeoutOf(values.timeout) }, lines);
    return 0;
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error; // of parseArgs
    lines.err(`logflume: ${error instanceof Error ? error.message : String(error)}`);
    return isUsage ? 2 : 1;
  }
}

const options = {
  target: { type: 'string' },
  config: { type: 'string' },
  to: { type: 'string' },
  timeout: { type: 'string', default: '60000' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
} as const;

function timeoutOf(text: string): number {
  const timeout = Number(text);
  if (timeout > 0 && timeout < 2 ** 31) return timeout;
  throw new CommandError(`--timeout must be a number of milliseconds, got ${text}`);
}
