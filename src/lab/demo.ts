import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatProblem, ProblemsError } from '../problem.ts';
import { applyAgain, breakSite, lockOut, rollOut } from './demo-acts.ts';
import { makeProject, removeProject } from './demo-project.ts';
import type { Scene } from './demo-scene.ts';
import { createStage, type Stage } from './demo-stage.ts';
import { downLab } from './down.ts';
import type { Lab } from './lab.ts';
import { upLab } from './up.ts';

/*
 * `npm run demo`: shows on a lab what sluice does, by running the real thing, and ends with 0 only when everything came
 * as it had to; with 130 and the like when interrupted, otherwise with 1. Whatever happens, nothing is left behind.
 */
const ACTS = [rollOut, applyAgain, lockOut, breakSite];

const INTRODUCTION = `A fleet made on this machine, of network namespaces: 6 gateways, each with a real
sshd and a real iptables (half nftables, half legacy), 3 web servers behind them,
a controller and a client in front. Nothing of it reaches outside, and all of it
goes away at the end. Making it … `;

const proved = (expectations: number, seconds: number) => `

PROVED: all ${expectations} expectations held, in ${seconds} s.
  a) A change goes through the fleet in waves, and the site works through every gateway.
  b) A second run changes nothing, and costs one connection a gateway.
  c) Rules that lock everybody out are taken back by the gateway itself; the fleet stays as it was.
  d) Rules that break the site are noticed and taken back; the fleet stays as it was.
The lab is gone. For one of your own: sudo node dist/cli/main.js lab up
`;

const stage = createStage(process.stdout, process.env);
const interrupted = new AbortController();
let signalNumber = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    signalNumber ||= constants.signals[signal];
    interrupted.abort();
  });
}
// Nobody listens any more: the terminal has gone, or `| head` has seen enough.
process.stdout.on('error', () => interrupted.abort());
setMaxListeners(0, interrupted.signal);

process.exitCode = await demo(stage, interrupted.signal);

async function demo(stage: Stage, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  try {
    await play(stage, signal);
  } catch (error) {
    if (signal.aborted) {
      stage.say('\nInterrupted. Nothing is left of the lab.\n');
      return 128 + (signalNumber || constants.signals.SIGPIPE);
    }
    const said =
      error instanceof ProblemsError ? error.problems.map(formatProblem).join('\n') : String(error);
    process.stderr.write(`\n${said}\n`);
    return 1;
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const expectations = stage.expectations();
  const missed = expectations.filter(({ holds }) => !holds);
  if (missed.length > 0) {
    const list = missed.map(({ words }) => `  ✗ ${words}\n`).join('');
    stage.say(
      `\n\nNOT PROVED after ${seconds} s: ${missed.length} of ${expectations.length} expectations did not hold.\n${list}`,
    );
    return 1;
  }
  stage.say(proved(expectations.length, seconds));
  return 0;
}

/** Plays the acts until one has an expectation that does not hold: those after it stand on it. */
async function play(stage: Stage, signal: AbortSignal): Promise<void> {
  stage.say(INTRODUCTION);
  const folder = await makeProject();
  let lab: Lab | undefined;
  try {
    const startedMs = performance.now();
    lab = await upLab({ gateways: 6, signal });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    stage.say(`up after ${seconds} s.\nThe project with the playbook is in ${folder} meanwhile.\n`);
    process.chdir(folder);
    const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
    const scene: Scene = { lab, folder, main, stage, signal };
    for (const act of ACTS) if (stage.expectations().every(({ holds }) => holds)) await act(scene);
  } finally {
    if (lab !== undefined) await downLab(lab.id);
    process.chdir('/');
    await removeProject(folder);
  }
}
