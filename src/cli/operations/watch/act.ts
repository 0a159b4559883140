import { type Problem, ProblemsError } from '../../../problem.ts';
import type { Event, RecapRow } from '../../../rollout/events.ts';
import type { Fate } from '../../../watch/due.ts';
import { type RunRequest, runPlaybook } from '../apply.ts';
import type { PlayState } from './state.ts';

export type Acted =
  | { readonly kind: 'ran'; readonly exitCode: number }
  /** It could not even begin: another run holds the fleet, a file has become wrong. */
  | { readonly kind: 'stopped'; readonly problems: readonly Problem[] };

/**
 * Brings some gateways to what the watch wants by now: the run that `sluice apply` makes, limited to them. Notes how it went with
 * each.
 */
export async function act(
  gateways: readonly string[],
  states: readonly PlayState[],
  request: Omit<RunRequest, 'view'>,
  tell: (event: Event) => void,
): Promise<Acted> {
  const given = states.map((state) => [state, state.wanted()] as const);
  let recap: readonly RecapRow[] = [];
  const view = {
    event: (event: Event) => {
      if (event.type === 'run.finished') recap = event.recap;
      tell(event);
    },
    close: () => undefined,
  };
  const note = (fateOf: (gateway: string) => Fate, isHalted: boolean) => {
    for (const [state, wanted] of given)
      for (const gateway of gateways)
        if (wanted.has(gateway))
          state.noteRun(gateway, fateOf(gateway), wanted.get(gateway), Date.now(), isHalted);
  };
  try {
    const project = { ...request.project, onlyHosts: gateways };
    const { exitCode } = await runPlaybook({ ...request, project, view });
    const rows = new Map(recap.map((row) => [row.host, row]));
    // One that can't be reached says nothing about the rules; one that took them back does.
    const isHalted = recap.some(({ failed, rolledBack }) => failed + rolledBack > 0);
    note((gateway) => fateOf(rows.get(gateway)), isHalted);
    return { kind: 'ran', exitCode };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    note(() => 'failed', false);
    return { kind: 'stopped', problems: error.problems };
  }
}

function fateOf(row: RecapRow | undefined): Fate {
  if (row === undefined || row.failed + row.unreachable + row.rolledBack > 0) return 'failed';
  return row.notStarted > 0 ? 'not_started' : 'held';
}
