import { resolve } from 'node:path';
import { fileName } from '../spool/names.js';
import { nodeStore } from '../spool/node-store.js';
import type { ProcessFacts } from '../spool/store.js';
import { survey, type TargetSurvey } from '../spool/survey.js';
import { CommandError, type Given } from './command.js';

/** The spools that a command is about. Throws if there is none. */
export async function targetsOf({ directory, target }: Given): Promise<TargetSurvey[]> {
  const path = resolve(directory);
  const found = await survey(nodeStore, path).catch(error => {
    throw new CommandError(`${path} cannot be read: ${error.message}`);
  });
  const targets = found.filter(one => target === undefined || isNamed(one, target));
  if (targets.length === 0) {
    throw new CommandError(target === undefined ? `${path} holds no spool` : `${path} holds no spool of ${target}`);
  }
  return targets;
}

/** Whether a spool is that of the target with this name. */
export function isNamed({ directory }: TargetSurvey, name: string): boolean {
  return directory.split(/[\\/]/).at(-1) === fileName(name);
}

/** A process, for people. */
export function describe({ pid, host }: ProcessFacts): string {
  return `process ${pid} on ${host.split(' ', 1)[0]}`;
}
