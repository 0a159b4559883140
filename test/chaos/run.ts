import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHANGES } from './changes.ts';
import { type Controller, startController } from './controller.ts';
import { INJECT } from './faults/inject.ts';
import type { FaultName } from './faults/names.ts';
import { type ChaosGateway, fileOf, must, transactionsOf } from './gateway.ts';
import { prepare } from './prepare.ts';
import { edgePlay, firstPlay, otherPlay, type Play, writeProject } from './project.ts';
import { randomFrom } from './random.ts';
import { readStanding } from './readers.ts';
import { formatScenario, type PlannedFault, type Scenario } from './scenario.ts';
import { isPast, settle } from './settle.ts';
import { Missed, pause, poll, type Seen, type Stage } from './stage.ts';
import { awaitStep } from './trigger.ts';
import { type DoneRun, judge, mountsOf, tokensOf } from './verdict.ts';
import type { World } from './world.ts';

/** How a run under faults came out. */
export type Result = {
  readonly scenario: Scenario;
  /** The faults that hit something. */
  readonly hit: readonly FaultName[];
  /** Where the gateway's last transaction of the first operator ended. */
  readonly end: string;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  readonly seconds: number;
};

/** One line, and under it what was wrong and what was noticed. */
export function formatResult({ scenario, end, problems, notes, seconds }: Result): string {
  const verdict = problems.length === 0 ? 'ok' : 'FAILED';
  const head = `${verdict} ${end} ${seconds.toFixed(1)} s ${formatScenario(scenario)}`;
  return [head, ...[...problems, ...notes].map((line) => `    ${line}`)].join('\n');
}

/** From here on a controller that still runs hangs: it asks until a minute past a deadline, for three attempts. */
const longestMs = 240_000;

/** Puts one gateway through one scenario, and judges. Evidence stays in `folder` where something is wrong. */
export async function runScenario(
  world: World,
  gateway: ChaosGateway,
  scenario: Scenario,
  folder: string,
): Promise<Result> {
  const startedMs = performance.now();
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  mkdirSync(folder, { recursive: true });
  await prepare(world, gateway, scenario, folder);
  const before = await readStanding(gateway);
  const mountsBefore = mountsOf(gateway);
  const known = new Set(transactionsOf(gateway).map(({ token }) => token));
  const seen: Seen = {
    isRebooted: false,
    isReadOnly: false,
    killed: new Set(),
    isControllerKilled: false,
    isConfirmedByHand: false,
    foreign: undefined,
  };

  const runs: { play: Play; folder: string; controller: Controller }[] = [];
  const start = (play: Play, env: NodeJS.ProcessEnv = {}): Controller => {
    const cwd = join(folder, `${play.mark}-${runs.length}`);
    const words = writeProject(cwd, play, world.inventoryFile(scenario.user), gateway.name);
    const controller = startController(gateway.controller, words, cwd, env);
    runs.push({ play, folder: cwd, controller });
    return controller;
  };
  const clockFile = join(folder, 'clock');
  const stage: Stage = {
    scenario,
    gateway,
    controller: start(firstPlay(scenario), clockEnv(scenario, clockFile)),
    startOther: (id) => start(id === 'edge' ? edgePlay('small', scenario, 'second') : otherPlay()),
    note,
    clockFile,
    seen,
  };
  const hits = await Promise.all(scenario.faults.map((fault) => bringAbout(stage, fault, known)));
  const ended: DoneRun[] = [];
  for (const run of runs)
    ended.push({ ...run, ...(await endOf(run.controller, seen, run.controller === stage.controller)) });

  const unsettled = await settle(stage);
  const judged = await judge({ gateway, before, mountsBefore, runs: ended, seen });
  const own = tokensOf(ended[0]?.folder ?? '');
  const end = transactionsOf(gateway).findLast(({ token }) => own.includes(token))?.state ?? 'untouched';
  // Who confirms by hand what locks out is locked out: that he was taken at his word is what the rest asserts.
  const isOwnDoing = seen.isConfirmedByHand && end === 'confirmed' && !CHANGES[scenario.change].isGood;
  const addresses = isOwnDoing ? [] : [gateway.address, gateway.address6];
  const logins = await Promise.all(addresses.map((address) => login(world, gateway, address)));
  const problems = [
    ...unsettled,
    ...judged,
    ...logins.flat(),
    ...ended.flatMap(({ hung }: DoneRun & { hung?: string }) => hung ?? []),
  ];
  const hit = hits.flatMap((name) => name ?? []);
  const result = { scenario, hit, end, problems, notes, seconds: (performance.now() - startedMs) / 1000 };
  if (problems.length > 0) await keepEvidence(gateway, folder, result, ended);
  else rmSync(folder, { recursive: true, force: true });
  return result;
}

/** Waits for the fault's step, injects it, and heals it in time; answers its name if it hit anything. */
async function bringAbout(
  stage: Stage,
  fault: PlannedFault,
  known: ReadonlySet<string>,
): Promise<FaultName | undefined> {
  const { gateway, note } = stage;
  try {
    await awaitStep(stage, fault, known);
    const at = transactionsOf(gateway).at(-1)?.state ?? 'none';
    const heal = await INJECT[fault.name](stage, fault, randomFrom(fault.salt));
    note(`${fault.name} injected at state ${at}, ${(process.uptime()).toFixed(2)}`);
    if (heal === undefined) return fault.name;
    const injectedMs = performance.now();
    if (fault.forMs === 'good') {
      // Stopped processes stay so until the guard must have acted, which is ten seconds after the deadline.
      const marginCs = fault.name.endsWith('-stop') ? 2000 : 500;
      const isOver = () => performance.now() > injectedMs + 12_000 && isPast(gateway, marginCs);
      await poll(() => (isOver() ? true : undefined), 90_000, 50);
    } else await pause(fault.forMs);
    await heal();
    note(`${fault.name} healed, ${(process.uptime()).toFixed(2)}`);
    return fault.name;
  } catch (error) {
    if (!(error instanceof Missed)) throw error;
    note(`${fault.name} missed: ${error.message}`);
    return undefined;
  }
}

async function endOf(controller: Controller, seen: Seen, isFirst: boolean) {
  const late = pause(longestMs).then(() => undefined);
  const ended = await Promise.race([controller.ended, late]);
  if (ended !== undefined) return { ended, wasKilled: isFirst && seen.isControllerKilled };
  controller.signal('SIGKILL');
  return {
    ended: await controller.ended,
    wasKilled: true,
    hung: `the controller hangs: killed after ${longestMs} ms`,
  };
}

/** A new login, as a person would. */
async function login(world: World, gateway: ChaosGateway, address: string): Promise<readonly string[]> {
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=5',
    `UserKnownHostsFile=${world.knownHostsFile}`,
    `IdentityFile=${world.keyFile}`,
  ];
  const argv = [
    'ssh',
    '-F',
    'none',
    ...options.flatMap((option) => ['-o', option]),
    `root@${address}`,
    'true',
  ];
  let words = '';
  for (let tries = 0; tries < 3; tries++) {
    try {
      await must([...gateway.controller, ...argv]);
      return [];
    } catch (error) {
      words = String(error);
      await pause(1000);
    }
  }
  return [`no fresh login to ${address}: ${words.slice(-300)}`];
}

function clockEnv({ faults }: Scenario, file: string): NodeJS.ProcessEnv {
  if (!faults.some(({ name }) => name === 'controller-clock')) return {};
  writeFileSync(file, '+0\n');
  return {
    LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

async function keepEvidence(
  gateway: ChaosGateway,
  folder: string,
  result: Result,
  runs: readonly DoneRun[],
): Promise<void> {
  const { scenario, problems, notes } = result;
  const state = fileOf(gateway, '/var/lib/sluice');
  if (existsSync(state)) cpSync(state, join(folder, 'gateway'), { recursive: true });
  for (const { play, ended } of runs) {
    writeFileSync(
      join(folder, `${play.mark}.output`),
      `${ended.stdout}${ended.stderr}\nexit code ${ended.code}\n`,
    );
  }
  const lines = [formatScenario(scenario), '', ...problems, '', ...notes, ''];
  writeFileSync(join(folder, 'verdict'), lines.join('\n'));
}
