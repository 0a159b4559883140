import { randomBytes } from 'node:crypto';
import type { GatewayScripts } from '../../gateway/program.ts';
import { purgeGateway, reportGateway, type TransactionReport } from '../../gateway/report.ts';
import { newRunId } from '../../journal/names.ts';
import type { Problem } from '../../problem.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import type { Remote } from '../../remote.ts';
import type { Outcome } from '../../rollout/outcome.ts';
import type { Job } from '../../rollout/runtime.ts';
import type { HostContext } from '../../runtime/host-context.ts';
import { runHostJob } from '../../runtime/host-job.ts';
import { whenFree } from '../../runtime/when-free.ts';
import { pause } from '../../ssh/limit.ts';
import { type HostsRequest, hostsOf, type Unanswered, unanswered } from './each-host.ts';
import { lockFleet } from './fleet-lock.ts';
import { createReach, operatorName, type Reach } from './reach.ts';

/** What becomes of the rules, sets and sysctls of every play on the gateway. */
export type RulesFate =
  /** They stay live, and nobody owns them any more. */
  | 'keep'
  /** Tables go back to what the kernel makes them, sets go, sysctls stay. */
  | 'reset'
  /** Everything goes back to how it was before each play's first confirmed change. */
  | 'restore_first';

export type RemoveRequest = HostsRequest & {
  readonly rules: RulesFate;
  /** How long to wait for another run's lock, of the inventory or a gateway. */
  readonly lockWaitMs: number;
};

/** What became of one gateway. */
export type HostRemoval =
  | { readonly kind: 'removed'; readonly host: string; readonly plays: readonly string[] }
  | { readonly kind: 'absent'; readonly host: string }
  | { readonly kind: 'notStarted'; readonly host: string }
  | Unanswered;

const confirmWithinSeconds = 60;
const askMs = 60_000;

/**
 * Takes sluice off every host of a pattern, one after the other: with `reset` and `restore_first` the rules of each play go in a
 * transaction like any other, proved over a fresh connection. After the first host that fails, no other is begun.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export async function removeFromHosts(
  request: RemoveRequest,
  answered: (removal: HostRemoval) => void,
): Promise<readonly HostRemoval[]> {
  const { cwd, inventory, settings, lockWaitMs } = request;
  const sources = await inventorySources({ named: inventory, settings: settings.settings, cwd });
  const lock = await lockFleet({ cwd, sources, doing: `remove ${request.pattern}`, waitMs: lockWaitMs });
  try {
    return await removeOneByOne(request, answered);
  } finally {
    lock.release();
  }
}

async function removeOneByOne(
  request: RemoveRequest,
  answered: (removal: HostRemoval) => void,
): Promise<readonly HostRemoval[]> {
  const hosts = await hostsOf(request);
  const reach = await createReach(hosts, request.flags, request.vault, process.env);
  const scripts = await loadGatewayScripts();
  const run = newRunId(new Date(), () => randomBytes(3).toString('hex'));
  const removals: HostRemoval[] = [];
  try {
    for (const [index, { name: host }] of hosts.entries()) {
      const isStopped = removals.some(({ kind }) => kind !== 'removed' && kind !== 'absent');
      const removal: HostRemoval = isStopped
        ? { kind: 'notStarted', host }
        : await removeFrom(host, `${run}.h${index}`, request, reach, scripts);
      removals.push(removal);
      answered(removal);
    }
  } finally {
    reach.close();
  }
  return removals;
}

async function removeFrom(
  host: string,
  token: string,
  request: RemoveRequest,
  reach: Reach,
  scripts: GatewayScripts,
): Promise<HostRemoval> {
  const found = await over(host, reach, async (remote) => {
    const report = await reportGateway(remote, scripts, AbortSignal.timeout(askMs));
    return report.kind === 'reported' ? report : unanswered(host, report);
  });
  if (found.kind !== 'reported') return found;
  const plays = found.transactions.filter(({ isLast }) => isLast);
  if (request.rules !== 'keep') {
    const context = contextOf(request, reach, scripts);
    for (const [index, { play }] of plays.entries()) {
      const job = jobOf({ host, play, token: `${token}.p${index}` }, request.rules, found.transactions);
      const failure = 'code' in job ? job : problemOf(await runHostJob(job, context));
      if (failure !== undefined) return { kind: 'failed', host, problem: failure };
    }
  }
  return over(host, reach, async (remote) => {
    const asked = { token: `${token}.purge`, owner: operatorName() };
    const purge = () => purgeGateway(remote, scripts, asked, AbortSignal.timeout(askMs));
    const purged = await whenFree(purge, {
      ...clock,
      waitMs: request.lockWaitMs,
      isStopped: () => false,
      waiting: ({ text }) => warnOfWait(host, text, request),
    });
    if (purged.kind === 'lost' || purged.kind === 'refused') return unanswered(host, purged);
    if (purged.kind === 'absent') return { kind: 'absent', host };
    return { kind: 'removed', host, plays: plays.map(({ play }) => play) };
  });
}

const clock = {
  nowMs: () => performance.now(),
  pause,
};

function warnOfWait(host: string, message: string, { warn, lockWaitMs }: RemoveRequest): void {
  const remedy = `Waiting for it, up to ${Math.round(lockWaitMs / 1000)} s.`;
  warn({ code: 'waiting-for-lock', host, message, remedy });
}

async function over<T>(
  host: string,
  reach: Reach,
  ask: (remote: Remote) => Promise<T>,
): Promise<T | Unanswered> {
  const dialled = await reach.dial(host);
  if (dialled.kind === 'unreachable') return { kind: 'unreachable', host, problem: dialled.problem };
  try {
    return await ask(dialled.remote);
  } finally {
    dialled.remote.close();
  }
}

/** A play that wants nothing resets what it owned; an undo of its first transaction goes back before that. */
function jobOf(
  { host, play, token }: { readonly host: string; readonly play: string; readonly token: string },
  rules: RulesFate,
  transactions: readonly TransactionReport[],
): Job | Problem {
  const job = { host, play, token, wave: 1, attempt: 1 };
  if (rules === 'reset') return { ...job, kind: 'apply' };
  const first = transactions.find((one) => one.play === play && one.isFirst);
  if (first !== undefined) return { ...job, kind: 'undo', undoOf: first.token };
  return {
    code: 'no-first-snapshot',
    host,
    message: `the gateway kept no snapshot of how it was before play ${play}`,
    remedy: 'Use --reset, or remove without a flag and put the rules back yourself. Nothing was changed.',
  };
}

function contextOf(request: RemoveRequest, reach: Reach, scripts: GatewayScripts): HostContext {
  return {
    scripts,
    owner: operatorName(),
    takeOver: false,
    connectTimeoutMs: (request.flags.timeoutSeconds ?? 10) * 1000,
    dial: (host) => reach.dial(host),
    checksOf: () => [],
    renew: (host) => reach.renew(host),
    seenBefore: new Map(),
    inputOf: ({ host }) => ({
      desired: { rulesets: [], sets: [], sysctls: [], persist: false, conntrack: 'leave' },
      checks: [],
      confirmWithinSeconds,
      addresses: reach.addressesOf(host),
    }),
    lockWaitMs: request.lockWaitMs,
    emit: (event) => {
      if (event.type === 'warning') request.warn(event.problem);
    },
    nameDiff: (text) => text,
    keep: () => undefined,
    ...clock,
  };
}

function problemOf(outcome: Outcome): Problem | undefined {
  return 'problem' in outcome ? outcome.problem : undefined;
}
