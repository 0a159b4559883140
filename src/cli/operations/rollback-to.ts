import pLimit from 'p-limit';
import { recallPlays } from '../../gateway/recall.ts';
import type { Host } from '../../inventory/model.ts';
import { findHeld, keptText } from '../../journal/held.ts';
import type { PlayRecord } from '../../journal/model.ts';
import { readRun } from '../../journal/read.ts';
import { parseWanted, type Wanted } from '../../journal/wanted.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import { lacksSecret } from './check-secrets.ts';
import { unanswered } from './each-host.ts';
import { unclearProblem } from './history.ts';
import type { Reach } from './reach.ts';
import type { Runs } from './runs.ts';

/** What a rollback goes back to: of each play, which hosts to what. */
export type Target = {
  readonly playbook: string;
  readonly plays: readonly (PlayRecord & {
    readonly hosts: readonly string[];
    /** Those that a limit leaves out, too. */
    readonly pool: readonly string[];
  })[];
  /** Read anew each time: a thousand rule sets need not stay in memory. */
  wanted(play: string, host: string): Wanted;
  readonly warnings: readonly Problem[];
};

/**
 * What hosts held once a run was done, from the journal: those of the run's plays, in the order given.
 * @throws ProblemsError with every host of which it can't be told
 */
export async function targetFromJournal(
  place: number,
  { folders, ids }: Runs,
  hosts: readonly Host[],
): Promise<Target> {
  const folder = folders[place] ?? '';
  const { run, events } = await readRun(folder);
  const hostsOf = new Map(
    events.flatMap((event) => (event.type === 'play.started' ? [[event.play, event.hosts]] : [])),
  );
  if (run.plays === undefined) throw new ProblemsError([tooOld(ids[place] ?? '')]);
  const holders = run.plays.flatMap(({ id: play }) => {
    const ofPlay = new Set(hostsOf.get(play));
    return hosts.filter(({ name }) => ofPlay.has(name)).map(({ name: host }) => ({ play, host }));
  });
  const all = await findHeld(folders.slice(0, place + 1), holders);
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const found = new Map<string, string>();
  for (const held of all) {
    if (held.kind === 'unknown') problems.push(unclearProblem(held));
    else if (held.kind === 'nothing') warnings.push(heldNothing(held.play, held.host));
    else {
      const wanted = parseWanted((name) => keptText(held.folder, name));
      if (wanted === undefined) problems.push(notKept(held.host, held.run));
      else found.set(`${held.play} ${held.host}`, held.folder);
      for (const { name } of wanted?.checks.filter(lacksSecret) ?? [])
        warnings.push(checkLeftOut(held.host, name));
    }
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  const today = new Set(hosts.map(({ name }) => name));
  const elsewhere = [...new Set([...hostsOf.values()].flat())].filter((name) => !today.has(name));
  return {
    playbook: run.playbook,
    warnings: [...warnings, ...leftOut(elsewhere)],
    plays: run.plays.map((play) => ({
      ...play,
      // A version that knew fewer keys has written fewer.
      // It asks before it begins, and isn't resumed: one that waited could never go on.
      policy: { ...carefully, ...play.policy, pause: [] },
      hosts: hosts.map(({ name }) => name).filter((name) => found.has(`${play.id} ${name}`)),
      pool: hostsOf.get(play.id) ?? [],
    })),
    wanted: (play, host) => {
      const wanted = parseWanted((name) => keptText(found.get(`${play} ${host}`) ?? '', name));
      if (wanted === undefined) throw new ProblemsError([notKept(host, ids[place] ?? '')]);
      // A check without its secret would fail, and keep a good rollback from its end.
      return { ...wanted, checks: wanted.checks.filter((check) => !lacksSecret(check)) };
    },
  };
}

/** How a rollback rolls out where no journal says it: the defaults of a playbook. */
const carefully: PlayRecord['policy'] = {
  canary: { kind: 'count', count: 1 },
  serial: [],
  order: { kind: 'inventory' },
  maxFailPercentage: 0,
  onFailure: 'stop',
  pause: [],
  confirmWithinSeconds: 60,
};
const askMs = 60_000;

/**
 * What hosts held once a run was done, from what they have kept themselves: of the plays that the run changed on any of them.
 * @throws ProblemsError with every host that doesn't answer, or has kept it no longer
 */
export async function targetFromGateways(
  run: string,
  hosts: readonly Host[],
  reach: Reach,
  forks: number,
): Promise<Target> {
  const scripts = await loadGatewayScripts();
  const limit = pLimit(forks);
  const problems: Problem[] = [];
  const answers = await Promise.all(
    hosts.map(({ name: host }) =>
      limit(async () => {
        const dialled = await reach.dial(host);
        if (dialled.kind === 'unreachable') {
          problems.push(dialled.problem, askedInVain(host));
          return { host, plays: [] };
        }
        const answer = await recallPlays(dialled.remote, scripts, run, AbortSignal.timeout(askMs));
        dialled.remote.close();
        if (answer.kind === 'recalled') return { host, plays: answer.plays };
        problems.push(unanswered(host, answer).problem);
        return { host, plays: [] };
      }),
    ),
  );
  const found = answers.flatMap(({ host, plays }) => plays.map((play) => ({ ...play, host })));
  const isOfRun = (token: string) => token.startsWith(`${run}.`);
  const ids = [...new Set(found.flatMap((one) => ('token' in one && isOfRun(one.token) ? [one.play] : [])))];
  const concerned = found.filter(({ play }) => ids.includes(play));
  for (const one of concerned) if (one.kind === 'gone') problems.push(goneThere(one.host, run, one.token));
  if (problems.length === 0 && ids.length === 0) problems.push(nobodyKnows(run));
  if (problems.length > 0) throw new ProblemsError(problems);
  const wanted = new Map(
    concerned.flatMap((one) => {
      if (one.kind !== 'held') return [];
      const { desired, confirmWithinSeconds } = one;
      return [[`${one.play} ${one.host}`, { desired, confirmWithinSeconds, checks: [] }] as const];
    }),
  );
  const nothing = concerned.filter(({ kind }) => kind === 'nothing');
  return {
    playbook: `run ${run}, as the gateways kept it`,
    warnings: [onlySsh(run), ...nothing.map(({ play, host }) => heldNothing(play, host))],
    plays: ids.map((id) => ({
      id,
      name: id,
      policy: carefully,
      hosts: hosts.map(({ name }) => name).filter((name) => wanted.has(`${id} ${name}`)),
      pool: [],
    })),
    wanted: (play, host) => {
      const one = wanted.get(`${play} ${host}`);
      if (one === undefined) throw new Error(`not in this rollback: ${play}, ${host}`);
      return one;
    },
  };
}

function tooOld(run: string): Problem {
  return {
    code: 'run-too-old',
    message: `run ${run} was journaled by a version that did not keep what a rollback needs`,
    remedy: 'Put the templates back as they were (its inputs/ folder has them), then plan and apply.',
  };
}

function heldNothing(play: string, host: string): Problem {
  return {
    code: 'held-nothing',
    host,
    message: `held nothing of play ${play} then, and is left as it is`,
    remedy: 'sluice remove takes the rules of a play off a gateway.',
  };
}

function checkLeftOut(host: string, check: string): Problem {
  return {
    code: 'check-left-out',
    host,
    message: `check "${check}" is left out: a header of it is secret, and the journal keeps no secrets`,
    remedy: 'Look at what it looks at after the rollback.',
  };
}

function notKept(host: string, run: string): Problem {
  return {
    code: 'texts-missing',
    host,
    message: `run ${run} has not kept all that a rollback of this host needs`,
    remedy: `Leave it out: --limit 'all:!${host}'.`,
  };
}

function leftOut(hosts: readonly string[]): readonly Problem[] {
  if (hosts.length === 0) return [];
  const message = `${hosts.length} of the run's hosts are left out, by --limit or as the inventory no longer has them: ${hosts.join(', ')}`;
  return [{ code: 'hosts-left-out', message, remedy: '' }];
}

function onlySsh(run: string): Problem {
  return {
    code: 'checks-unknown',
    message: `run ${run} is not in this journal: the gateways' own snapshots are used, a canary of one host, and only fresh SSH connections prove the change`,
    remedy: 'Run from where the run was made to have its checks and its waves.',
  };
}

function askedInVain(host: string): Problem {
  return {
    code: 'recall-failed',
    host,
    message: 'was asked, as the run is not in this journal and only gateways can tell whom it concerned',
    remedy: `Name the gateways: --limit GROUP; or leave it out: --limit 'all:!${host}'.`,
  };
}

function goneThere(host: string, run: string, token: string): Problem {
  return {
    code: 'snapshot-gone',
    host,
    message: `what it held after run ${run} is gone: transaction ${token} is among those that a gateway no longer keeps (it keeps the last 20)`,
    remedy: `Go to a later run (sluice status -v ${host} lists them), or leave it out: --limit 'all:!${host}'.`,
  };
}

function nobodyKnows(run: string): Problem {
  return {
    code: 'run-unknown',
    message: `run ${run} is not in this journal, and none of the gateways asked has kept a change of it`,
    remedy: 'sluice history shows the runs of the journal, sluice status -v those that a gateway has kept.',
  };
}
