import type { Inventory } from '../../inventory/model.ts';
import type { LimitPart } from '../../inventory/patterns.ts';
import { isPlace } from '../../journal/find-run.ts';
import { hostsLeft } from '../../journal/run-hosts.ts';
import type { Problem } from '../../problem.ts';
import { type FindRunHosts, readLimit } from '../../project/inventory-limit.ts';
import { readHistory } from './history.ts';

/**
 * The parts of a `--limit`; what it says of earlier runs is looked up in the journal of this project.
 * @throws ProblemsError where a file can't be read, or a run isn't known
 */
export function loadLimit(limit: string, cwd: string): Promise<readonly LimitPart[]> {
  const find: FindRunHosts = async (word, state) => {
    const { summary, events } = await readHistory(cwd, isPlace(word) ? `@${word}` : word);
    const { command, playbook } = summary.run;
    const what = `${state.replace('_', ' ')} hosts of run ${summary.id} (${command} ${playbook}, ${summary.outcome})`;
    return { names: hostsLeft(state, summary.recap, events), what };
  };
  return readLimit(limit, cwd, find);
}

/** Warns of hosts that a limit takes from a run, and that the inventory has no more. */
export function missingOf(
  limit: readonly LimitPart[] | undefined,
  { hosts }: Pick<Inventory, 'hosts'>,
): readonly Problem[] {
  return (limit ?? []).flatMap((part) => {
    if (typeof part === 'string' || part.sign === '!') return [];
    const missing = part.names.filter((name) => !hosts.has(name));
    if (missing.length === 0) return [];
    return [
      {
        code: 'limit-host-gone',
        message: `not in the inventory any more, of the ${part.what}: ${missing.join(', ')}`,
        remedy: 'They are left out. Name the inventory (-i) of that run, if they should be there.',
      },
    ];
  });
}
