import type { LogSurvey } from '../spool/survey.js';
import { CommandError, type Given, type Streams } from './command.js';
import { describe, targetsOf } from './targets.js';

/** Tells what is in spools: a line for each log, and one for each file that was set aside. Throws if one cannot be read. */
export async function list(given: Given, { out }: Streams): Promise<void> {
  let unread = 0;
  for (const { name, logs, aside } of await targetsOf(given)) {
    for (const log of logs) {
      if (log.error !== undefined) {
        unread++;
        out(`${name}: ${log.directory} cannot be read: ${log.error}; ${keeper(log)}`);
        continue;
      }
      const { records, batches, bytes, since, damages, formats } = log;
      const oldest = since === undefined ? '' : `, since ${new Date(since).toISOString()}`;
      const damaged = damages === 0 ? '' : `, ${damages} damaged part(s)`;
      const form = formats.length === 0 ? '' : ` of ${formats.join(' and ')}`;
      out(
        `${name}: ${records} record(s) in ${batches} batch(es)${form}, ${bytes} bytes${oldest}${damaged}; ${keeper(log)}`
      );
    }
    if (logs.length === 0) out(`${name}: nothing`);
    for (const path of aside) out(`${name}: set aside in ${path}`);
  }
  if (unread > 0) throw new CommandError(`${unread} part(s) cannot be read`);
}

function keeper({ owner, isAlive }: LogSurvey): string {
  if (isAlive === false) return 'left behind';
  const keeps = `kept by ${owner === undefined ? 'a process that does not say who it is' : describe(owner)}`;
  return isAlive === true ? keeps : `${keeps}, which may not live any more`;
}
