import type { LogSurvey } from '../spool/survey.js';
import type { Given, Streams } from './command.js';
import { describe, targetsOf } from './targets.js';

/** Tells what is in spools: a line for each log, and one for each file that was set aside. */
export async function list(given: Given, { out }: Streams): Promise<void> {
  for (const { name, logs, aside } of await targetsOf(given)) {
    for (const log of logs) {
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
}

function keeper({ owner, isAlive }: LogSurvey): string {
  if (isAlive === false) return 'left behind';
  const keeps = `kept by ${owner === undefined ? 'a process that does not say who it is' : describe(owner)}`;
  return isAlive === true ? keeps : `${keeps}, which may not live any more`;
}
