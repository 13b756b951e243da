import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../core/clock.js';
import { join } from '../spool/names.js';
import { nodeStore } from '../spool/node-store.js';
import { heartbeat, Owner, staleAfter } from '../spool/owner.js';
import type { TargetSurvey } from '../spool/survey.js';
import { CommandError, type Given, type Streams } from './command.js';
import { describe, targetsOf } from './targets.js';

/** Deletes what is in spools. Throws if a process that lives keeps one of them; if that is known at once, before anything. */
export async function drop(given: Given, { out, err }: Streams): Promise<void> {
  const targets = await targetsOf(given);
  for (const target of targets) refuseLiving(target);
  for (const target of targets) {
    const owner = new Owner({ store: nodeStore, clock: systemClock, directory: target.directory });
    try {
      await deleteAll(owner, err);
      for (const path of target.aside) await nodeStore.unlink(path);
    } finally {
      await owner.leave();
    }
    out(`${target.name}: ${target.logs.reduce((sum, { records }) => sum + records, 0)} record(s) dropped`);
  }
}

async function deleteAll(owner: Owner, err: Streams['err']): Promise<void> {
  for (let waited = 0; ; waited += heartbeat) {
    for (const log of await owner.claim()) {
      for (const name of await nodeStore.list(log)) await nodeStore.unlink(join(log, name));
      await nodeStore.rmdir(log);
    }
    if (!owner.isWatching) return;
    if (waited > 2 * staleAfter)
      throw new CommandError('part of it is kept by a process on another machine, which lives');
    if (waited === 0) err(`part of it was kept on another machine: waiting ${staleAfter / 1000} s for a sign of life`);
    await setTimeout(heartbeat);
  }
}

/** Throws if a process that lives keeps part of a spool. */
export function refuseLiving({ name, logs }: TargetSurvey): void {
  for (const { owner, isAlive } of logs) {
    if (isAlive === true && owner !== undefined)
      throw new CommandError(`${name} is kept by ${describe(owner)}; stop it first`);
  }
}
