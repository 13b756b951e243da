import { checkValue } from '../check.js';
import type { Clock } from '../clock.js';
import { tell } from '../failures.js';
import { defaultListener, type LogTarget, targetRule } from '../target.js';
import type { Plan, PlannedTarget } from './plan.js';
import { at } from './reader.js';

/**
 * Makes the targets of a plan, by name, and hands them to `use`. If one cannot be made, or `use` throws, those that were
 * made are disposed of, and the error is thrown on with the path of the target.
 */
export function build(
  plan: Plan,
  clock: Clock | undefined,
  use: (targets: ReadonlyMap<string, LogTarget>) => void
): void {
  const made = new Map<PlannedTarget, LogTarget>();
  const make = (planned: PlannedTarget): LogTarget => {
    const known = made.get(planned);
    if (known !== undefined) return known;
    const { type, name } = planned;
    const options: Record<string, unknown> = { ...planned.options };
    for (const [key, reference] of planned.targets) {
      const other = 'reference' in reference ? plan.targets.get(reference.reference) : reference;
      if (other !== undefined) options[key] = make(other);
    }
    const target = at(planned.where, () =>
      checkTarget(type.make(options, { name, ...(clock !== undefined && { clock }) }))
    );
    made.set(planned, target);
    return target;
  };
  try {
    use(new Map(Array.from(plan.targets, ([name, planned]) => [name, make(planned)])));
  } catch (error) {
    for (const target of made.values()) void abandon(target);
    throw error;
  }
}

function checkTarget(target: LogTarget): LogTarget {
  return checkValue('what its type makes', targetRule, target) as LogTarget;
}

/** Frees a target that got no record. */
async function abandon(target: LogTarget): Promise<void> {
  try {
    await target.dispose({ timeout: 0 });
  } catch (error) {
    tell(defaultListener, { kind: 'error', target: target.name, what: 'dispose', error });
  }
}
