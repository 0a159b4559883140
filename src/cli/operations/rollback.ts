import { randomInt } from 'node:crypto';
import { resolveHost } from '../../inventory/resolved-vars.ts';
import { openJournal } from '../../journal/journal.ts';
import { isRunId } from '../../journal/names.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import type { View } from '../views/view.ts';
import { type HostsRequest, selectHosts } from './each-host.ts';
import { type FleetLock, lockFleet } from './fleet-lock.ts';
import { planPlay } from './plan-plays.ts';
import { vantagesOf } from './prepare.ts';
import { createReach, type Reach } from './reach.ts';
import { type Target, targetFromGateways, targetFromJournal } from './rollback-to.ts';
import { type PreparedRun, type RunEnd, type RunTerms, runPrepared } from './run.ts';
import { recordOf } from './run-journal.ts';
import { placeOf, runsOf } from './runs.ts';

export type RollbackRequest = Omit<HostsRequest, 'pattern' | 'warn'> & {
  /** As the user names the run. */
  readonly to: string;
  /** Show what would change, and no more. */
  readonly isCheck: boolean;
  readonly reason?: string | undefined;
  /** How long to wait for another run's lock, of the inventory or a gateway. */
  readonly lockWaitMs: number;
  /** For the journal; holds no secrets. */
  readonly argv: readonly string[];
  /** Of the look ahead, and of the run. */
  readonly view: (step: 'look' | 'run') => View;
  /** Asked once the plan was shown, with the hosts that would change. */
  readonly approve: (question: string) => Promise<boolean>;
};

/**
 * Brings gateways back to what they held once a run was done: shows what that would change, asks, then rolls it out like any change.
 * @throws ProblemsError before anything is touched
 */
export async function rollBack(request: RollbackRequest): Promise<RunEnd> {
  if (request.isCheck) return rollBackOn(request, undefined);
  const { cwd, inventory, settings, to, lockWaitMs } = request;
  const sources = await inventorySources({ named: inventory, settings: settings.settings, cwd });
  // From the look on: what is shown, and asked about, is what stands when the answer comes.
  const lock = await lockFleet({ cwd, sources, doing: `rollback to ${to}`, waitMs: lockWaitMs });
  try {
    return await rollBackOn(request, lock);
  } finally {
    lock.release();
  }
}

async function rollBackOn(request: RollbackRequest, lock: FleetLock | undefined): Promise<RunEnd> {
  const { cwd, flags, forks, vault } = request;
  const runs = await runsOf(cwd);
  const selected = await selectHosts({ ...request, pattern: 'all' });
  const { inventory, hosts, sources } = selected;
  const isElsewhere = isRunId(request.to) && !runs.ids.some((id) => id.startsWith(request.to));
  if (runs.ids.length === 0 && !isElsewhere) throw new ProblemsError([noRunsHere(runs.journal)]);
  const known = isElsewhere ? undefined : placeOf(request.to, runs);
  const to = known === undefined ? request.to : (runs.ids[known] ?? '');
  const fromJournal = known === undefined ? undefined : await targetFromJournal(known, runs, hosts);
  const named = new Set(fromJournal?.plays.flatMap((play) => play.hosts) ?? hosts.map(({ name }) => name));
  const mine = hosts.filter(({ name }) => named.has(name));
  if (mine.length === 0) throw new ProblemsError([...(fromJournal?.warnings ?? []), nobodyLeft(to)]);
  // Partners that a limit leaves out are looked at before a host of theirs is changed.
  const pool = new Set(fromJournal?.plays.flatMap((play) => play.pool));
  const all = [...inventory.hosts.values()].filter((host) => mine.includes(host) || pool.has(host.name));
  const vantages = (fromJournal?.plays ?? []).flatMap(({ id, hosts: names }) =>
    names.flatMap((name) => vantagesOf(fromJournal?.wanted(id, name).checks ?? [])),
  );
  const looking = [...new Set(vantages)].flatMap((name) => inventory.hosts.get(name) ?? []);
  const resolved = [...new Set([...all, ...looking])].map((host) => resolveHost(inventory, host));
  const reach = await createReach(resolved, flags, vault, process.env);
  try {
    const target = fromJournal ?? (await targetFromGateways(to, mine, reach, forks));
    const problems: Problem[] = [];
    const inOrder = (names: readonly string[]) => mine.filter(({ name }) => names.includes(name));
    const plays = target.plays.flatMap(({ id, name, policy, hosts: names, pool }) => {
      const play = { id, name, rollout: policy };
      const all = pool.flatMap((one) => inventory.hosts.get(one) ?? []);
      const toPlan = {
        play,
        hosts: inOrder(names),
        pool: all,
        inventory,
        isLimited: true,
        seed: randomInt(2 ** 31),
      };
      return planPlay({ ...toPlan, jumpsOf: reach.jumpsOf }, problems);
    });
    if (problems.length > 0) throw new ProblemsError(problems);
    const prepared = preparedRun({
      to,
      target,
      plays,
      sources,
      request,
      lock,
      hosts: mine.map(({ name }) => name),
    });
    return await lookAskRun(prepared, reach, request, lock);
  } finally {
    reach.close();
  }
}

async function lookAskRun(
  prepared: PreparedRun,
  reach: Reach,
  request: RollbackRequest,
  lock: FleetLock | undefined,
): Promise<RunEnd> {
  const { cwd, forks, isCheck, flags, lockWaitMs } = request;
  const connectTimeoutMs = (flags.timeoutSeconds ?? 10) * 1000;
  const terms: Omit<RunTerms, 'view' | 'mode'> = {
    reach,
    forks,
    takeOver: false,
    connectTimeoutMs,
    lockWaitMs,
    cwd,
  };
  const looked = await runPrepared(prepared, { ...terms, mode: 'plan', view: request.view('look') });
  if (isCheck || !looked.wouldChange || looked.exitCode === 130) return looked;
  if (!(await request.approve(`Bring these gateways back to what they held after ${prepared.to}?`))) {
    return { exitCode: 1, wouldChange: true };
  }
  // What is said of the target was said with the plan.
  const again = { ...prepared, warnings: [] };
  return runPrepared(again, { ...terms, mode: 'apply', lock, view: request.view('run') });
}

function preparedRun(made: {
  readonly to: string;
  readonly target: Target;
  readonly plays: PreparedRun['plays'];
  readonly hosts: readonly string[];
  readonly sources: readonly string[];
  readonly request: RollbackRequest;
  readonly lock: FleetLock | undefined;
}): PreparedRun {
  const { to, target, plays, sources, request, lock } = made;
  const { cwd, argv, reason } = request;
  const { playbook } = target;
  const named = new Set(plays.flatMap(({ hosts }) => hosts));
  return {
    command: 'rollback',
    playbook,
    to,
    inventories: sources,
    hosts: made.hosts.filter((name) => named.has(name)),
    plays,
    warnings: target.warnings,
    inputOf: (play, host) => target.wanted(play, host),
    checksOf: (play, host) => (named.has(host) ? target.wanted(play, host).checks : []),
    openJournal: async (runId) => {
      const known = {
        command: 'rollback',
        argv,
        playbook,
        inventories: sources,
        plays,
        reason,
        to,
        lock: lock?.record,
      };
      return openJournal({ folder: `${cwd}/.sluice`, runId, run: await recordOf(known, cwd), inputs: [] });
    },
  };
}

function noRunsHere(journal: string): Problem {
  return {
    code: 'run-unknown',
    message: `there is no run in ${journal}`,
    remedy:
      'Change to the directory where apply was started; or give the whole name of a run that gateways have kept (sluice status -v begins transactions with it): then they are asked.',
  };
}

function nobodyLeft(to: string): Problem {
  return {
    code: 'nobody-to-roll-back',
    message: `no host of run ${to} is left to bring back`,
    remedy:
      'sluice history RUN shows its hosts; --limit may leave them out, or the inventory may have others.',
  };
}
