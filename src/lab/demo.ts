import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatProblem, ProblemsError } from '../problem.ts';
import { applyAgain, breakSite, lockOut, rollOut } from './demo-acts.ts';
import { concludeDemo } from './demo-conclusion.ts';
import { makeProject, removeProject } from './demo-project.ts';
import type { Scene } from './demo-scene.ts';
import { createStage, type Stage } from './demo-stage.ts';
import { downLab } from './down.ts';
import { upLab } from './up.ts';

/*
 * `npm run demo`: shows on a lab what sluice does, by running the real thing, and ends with 0 only when everything came
 * as it had to; with 130 and the like when interrupted, otherwise with 1. Whatever happens, nothing is left behind.
 */
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));

const INTRODUCTION = `A fleet made on this machine, of network namespaces: 6 gateways, each with a real
sshd and a real iptables (half nftables, half legacy), 3 web servers behind them,
a controller and a client in front. Nothing of it reaches outside, and all of it
goes away at the end. Making it … `;

const made = (
  id: string,
  elapsedMs: number,
  folder: string,
) => `${id}, up after ${(elapsedMs / 1000).toFixed(1)} s.

What follows the dollar signs runs at its controller, in a project made for this,
${folder}, with SLUICE_INVENTORY naming the inventory of the lab.
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
    process.stderr.write(`\n${describeError(error)}\n`);
    return 1;
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const { exitCode, text } = concludeDemo(stage.expectations(), seconds);
  stage.say(text);
  return exitCode;
}

/** Of a lab that can't be made here, what stands in the way; of what should not happen, where it did. */
function describeError(error: unknown): string {
  if (error instanceof ProblemsError) return error.problems.map(formatProblem).join('\n');
  return error instanceof Error ? `${error.stack}` : String(error);
}

/** Plays on a lab and in a project of their own; both are gone afterwards. */
async function play(stage: Stage, signal: AbortSignal): Promise<void> {
  stage.say(INTRODUCTION);
  const folder = await makeProject();
  try {
    process.chdir(folder);
    const startedMs = performance.now();
    const lab = await upLab({ gateways: 6, backend: 'alternate', signal });
    try {
      stage.say(made(lab.id, performance.now() - startedMs, folder));
      await playActs({ lab, folder, main: MAIN, stage, signal });
    } finally {
      await downLab(lab.id);
    }
  } finally {
    process.chdir('/');
    await removeProject(folder);
  }
}

/** Stops after an act with an expectation that does not hold: those that follow stand on it. */
async function playActs(scene: Scene): Promise<void> {
  for (const act of [rollOut, applyAgain, lockOut, breakSite]) {
    await act(scene);
    if (scene.stage.expectations().some(({ holds }) => !holds)) return;
  }
}
