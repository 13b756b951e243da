/* fluent-logger-python, where the machine has it (Debian: python3-fluent-logger): issue 3 measures the first records by it. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Receiver } from './receiver-process.mjs';
import { errorFields, makeSamples } from './records.mjs';

const python = '/usr/bin/python3';
const program = fileURLToPath(new URL('fluent-logger-python.py', import.meta.url));

/** The name of its row. */
export const pythonRow = 'fluent-logger-python, synchronous';

/** Whether it is there; says so on stderr if it is not. */
export function hasPython() {
  const isThere = spawnSync(python, ['-c', 'import fluent.sender']).status === 0;
  if (!isThere) console.error(`Left out: ${pythonRow}, as ${python} cannot import fluent.sender.`);
  return isThere;
}

/** The first records of a process: milliseconds of the calls, and until all have arrived, the connection included. */
export async function coldPython({ count }) {
  const receiver = await Receiver.start('forward');
  const arrived = receiver.arrived(count);
  const records = makeSamples(count).map(({ level, logger, template, error, fields }, seq) => [
    level,
    logger,
    template,
    fields(seq),
    error === undefined ? null : errorFields(error)
  ]);
  const running = promisify(execFile)(python, [program]);
  running.child.stdin.end(JSON.stringify({ port: receiver.port, records }));
  const { begin, loaded, calls } = JSON.parse((await running).stdout);
  const { at } = await arrived;
  await receiver.end();
  return { loaded, calls, total: at - begin };
}
