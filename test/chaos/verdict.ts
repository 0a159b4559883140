import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrEmpty } from '../../src/lab/proc.ts';
import type { Event } from '../../src/rollout/events.ts';
import type { Controller, EndedController } from './controller.ts';
import { standingAfter } from './expected.ts';
import { type ChaosGateway, fileOf, inside, type Transaction, transactionsOf } from './gateway.ts';
import type { Play } from './project.ts';
import { differences, readStanding, type Standing } from './readers.ts';
import { leftOver } from './settle.ts';
import type { Seen } from './stage.ts';

/** A run of sluice against the gateway, first operator's or another's. */
export type DoneRun = {
  readonly play: Play;
  readonly folder: string;
  readonly controller: Controller;
  readonly ended: EndedController;
  readonly wasKilled: boolean;
};

export type Facts = {
  readonly gateway: ChaosGateway;
  readonly before: Standing;
  readonly mountsBefore: string;
  readonly runs: readonly DoneRun[];
  readonly seen: Seen;
};

/** Everything that has to be so after a run, whatever happened in it; answers what isn't. */
export async function judge(facts: Facts): Promise<readonly string[]> {
  const { gateway, runs, seen, mountsBefore } = facts;
  const transactions = transactionsOf(gateway);
  const mounts = mountsOf(gateway);
  return [
    ...(await judgeStanding(facts, transactions)),
    ...runs.flatMap((run) => judgeTruth(run, transactions, seen)),
    ...leftOver(gateway),
    ...(await leftUnits(gateway)),
    ...(mounts === mountsBefore || seen.isRebooted
      ? []
      : [`mounts differ: ${mounts}\nbefore: ${mountsBefore}`]),
    ...(await judgeForeign(gateway, seen)),
  ];
}

/** Old or new, whole: which of them, the gateway's own record says. */
async function judgeStanding({ gateway, before, runs, seen }: Facts, transactions: readonly Transaction[]) {
  const failed = transactions.filter(({ state }) => state === 'rollback_failed');
  const confirmed = runs.flatMap(({ play, folder }) => {
    const token = readOrEmpty(fileOf(gateway, `/var/lib/sluice/plays/${play.id}`)).trim();
    // Kept, though it couldn't be written down: the run says that a person must look.
    const own = tokensOf(folder);
    const isUnrecorded = transactions.some(
      (one) => own.includes(one.token) && one.state === 'persist_failed',
    );
    return isUnrecorded || markOf(gateway, token) === play.mark ? [play] : [];
  });
  let wanted = before;
  for (const play of confirmed) wanted = await standingAfter(wanted, play, gateway.backend);
  const actual = await readStanding(gateway);
  const differ = differences(wanted, actual);
  const names =
    confirmed.length === 0 ? 'the old rules' : `what was confirmed (${confirmed.map(({ mark }) => mark)})`;
  // Until a boot loads what was confirmed, a reboot brings back what was saved before.
  const isAsBooted = seen.isRebooted && !keepsBoots(gateway) && differences(before, actual).length === 0;
  return [
    ...failed.map(({ token }) => `transaction ${token} ended as rollback_failed`),
    ...(differ.length === 0 || isAsBooted ? [] : [`not ${names}, whole: ${differ.join('; ')}`]),
  ];
}

function keepsBoots(gateway: ChaosGateway): boolean {
  return existsSync(fileOf(gateway, '/etc/systemd/system/sluice-boot.service'));
}

/** Whose rules a transaction brought: each run's carry a mark. */
function markOf(gateway: ChaosGateway, token: string): string | undefined {
  if (token === '') return undefined;
  const folder = fileOf(gateway, `/var/lib/sluice/tx/${token}`);
  const text = readOrEmpty(`${folder}/desired.ipv4`) + readOrEmpty(`${folder}/desired.ipv6`);
  return /--comment (old|first|second|other)\b/.exec(text)?.[1];
}

type Finished = Extract<Event, { type: 'host.finished' }>;

/** Exit code, journal and the gateway's own state say the same, or the journal says that it doesn't know. */
function judgeTruth(
  { controller, folder, ended, wasKilled, play }: DoneRun,
  transactions: readonly Transaction[],
  seen: Seen,
) {
  const who = `the ${play.mark} run`;
  const problems: string[] = [];
  const journal = journalOf(folder);
  if (
    ended.stdout !== '' &&
    !journal.startsWith(ended.stdout.slice(0, ended.stdout.lastIndexOf('\n{') + 1))
  ) {
    problems.push(`${who}: its journal isn't what it showed`);
  }
  if (ended.stderr !== '' && !wasKilled)
    problems.push(`${who} said on stderr: ${ended.stderr.slice(0, 500)}`);
  const own = tokensOf(folder);
  const states = transactions.filter(({ token }) => own.includes(token));
  const isConfirmed = states.some(({ state }) => state === 'confirmed');
  const finished = controller.events
    .filter((event): event is Finished => event.type === 'host.finished')
    .at(-1);
  const kind = finished?.outcome.kind;
  const told = `${who} told ${kind ?? 'nothing'} with exit code ${ended.code}; the gateway has ${states.map(({ state }) => state).join(', ') || 'nothing'}`;
  if (controller.events.some(({ type }) => type === 'host.confirmed') && !isConfirmed)
    problems.push(`${told}, after host.confirmed`);
  if (wasKilled) return problems;
  if (ended.code === undefined) problems.push(`${who} was ended by a signal that nobody sent`);
  if (kind === undefined) problems.push(told);
  if ((ended.code === 0) !== (kind === 'changed' || kind === 'ok')) problems.push(told);
  if (kind === 'changed' && !isConfirmed) problems.push(told);
  if (isConfirmed && kind !== undefined && !['changed', 'ok', 'unknown'].includes(kind)) problems.push(told);
  if (kind === 'rolled_back' && !seen.isRebooted && !states.some(({ state }) => state === 'rolled_back'))
    problems.push(told);
  return problems;
}

function journalOf(folder: string): string {
  return runsOf(folder)
    .map((run) => readOrEmpty(join(run, 'events.jsonl')))
    .join('');
}

/** The transactions that a run began, as its journal has them. */
export function tokensOf(folder: string): readonly string[] {
  return runsOf(folder).flatMap((run) => {
    const hosts = join(run, 'hosts');
    if (!existsSync(hosts)) return [];
    return readdirSync(hosts).flatMap((host) => readdirSync(join(hosts, host)));
  });
}

function runsOf(folder: string): readonly string[] {
  const runs = join(folder, '.sluice/runs');
  return existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name)) : [];
}

export function mountsOf({ pid }: ChaosGateway): string {
  return readFileSync(`/proc/${pid}/mounts`, 'utf8')
    .replace(/\bro,/g, 'rw,')
    .replace(/^\S+ \/run\/(?:user|credentials)\/.*\n/gm, '');
}

/** Where init is a systemd, runner and guard are units, which go with their processes. */
async function leftUnits(gateway: ChaosGateway): Promise<readonly string[]> {
  if (!gateway.isBooted) return [];
  const listed = await inside(gateway, "systemctl list-units --all --plain --no-legend 'sluice-*-*'");
  return listed.trim() === '' ? [] : [`units left behind: ${listed.trim()}`];
}

/** Another tool's chains hold what it put there, in its order. */
async function judgeForeign(
  gateway: ChaosGateway,
  { foreign, isRebooted }: Seen,
): Promise<readonly string[]> {
  if (foreign === undefined || isRebooted) return [];
  if (foreign.isBroken) return ['the foreign tool failed'];
  const problems: string[] = [];
  for (const tool of ['iptables', 'ip6tables']) {
    for (const table of ['mangle', 'nat']) {
      const saved = await inside(gateway, `${tool}-save -t ${table}`);
      const live = [...saved.matchAll(/^-A f2b-ssh .*--dport (\d+) /gm)].map(([, port]) => port);
      const wanted = foreign.add
        .filter((word) => word.startsWith(`${tool} ${table} `))
        .map((word) => word.split(' ')[2]);
      const isHooked = saved.includes('-A PREROUTING -j f2b-ssh');
      if (live.join() !== wanted.join() || !isHooked)
        problems.push(`foreign rules of ${tool} ${table}: ${live} (${isHooked}), it wrote ${wanted}`);
    }
  }
  return problems;
}
