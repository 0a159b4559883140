import { connectionsSince, countConnections } from './demo-connections.ts';
import type { Attempt } from './demo-expectations.ts';
import { changeLine, type LineChange, readEvents, runsOf } from './demo-project.ts';
import { formatTallies, isEven, sendRequests } from './demo-requests.ts';
import { differingSaves, formatComparison, saveAll } from './demo-saves.ts';
import type { Stage } from './demo-stage.ts';
import { type Run, readStory } from './demo-story.ts';
import { runInside } from './inside.ts';
import type { Lab } from './lab.ts';

/** What every act of the demo plays with. */
export type Scene = {
  readonly lab: Lab;
  /** The project, which is the working directory as well. */
  readonly folder: string;
  /** The file that is sluice. */
  readonly main: string;
  readonly stage: Stage;
  readonly signal: AbortSignal;
};

/** Runs sluice at the lab's controller, for everybody to see. */
export async function runSluice(scene: Scene, words: readonly string[]): Promise<Run> {
  const { lab, folder, main, stage, signal } = scene;
  stage.command(['sluice', ...words]);
  const known = await runsOf(folder);
  const before = await countConnections(lab);
  // Whoever runs the demo may have an SSH configuration or an agent: neither plays a part here.
  const env = ['env', '-u', 'ANSIBLE_CONFIG', `HOME=${folder}`, 'SSH_AUTH_SOCK='];
  const exitCode = await runInside(lab, 'controller', [...env, process.execPath, main, ...words]);
  signal.throwIfAborted();
  const connections = connectionsSince(before, await countConnections(lab));
  const [run] = (await runsOf(folder)).filter((name) => !known.includes(name));
  const events = run === undefined ? '' : await readEvents(folder, run);
  return { exitCode, story: readStory(events), connections };
}

/** Runs a program in a place of the lab, for everybody to see. Throws when it fails. */
export async function runPlainly(
  { lab, stage, signal }: Scene,
  place: string,
  argv: readonly string[],
): Promise<void> {
  stage.command(['sluice', 'lab', 'run', '--in', place, '--', ...argv]);
  const exitCode = await runInside(lab, place, argv);
  signal.throwIfAborted();
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} on ${place} ended with ${exitCode}`);
}

/** Applies a project with one line changed, changes the line back, and looks how the gateways stand. */
export async function tryChange(
  scene: Scene,
  change: LineChange,
  remark: string,
  words: readonly string[],
): Promise<Attempt> {
  const { lab, folder, stage } = scene;
  stage.change(change, await changeLine(folder, change));
  stage.say(remark);
  const before = await saveAll(lab);
  const run = await runSluice(scene, words);
  const after = await saveAll(lab);
  await changeLine(folder, { file: change.file, from: change.to, to: change.from });
  stage.say('\nDigests of the rules before and after, without counters and dates:\n\n');
  stage.say(`${formatComparison(lab, before, after)}\n`);
  const isShared = await sharesRequests(scene, 30, { isShown: false });
  return { ...run, unequal: differingSaves(before, after), isShared };
}

/** Sends requests through every gateway, shows the counts or not, and answers whether the backends got equal shares. */
export async function sharesRequests(
  { lab, stage, signal }: Scene,
  requests: number,
  { isShown }: { readonly isShown: boolean },
): Promise<boolean> {
  const backends = lab.backends.map(({ name }) => name);
  const tallies = await sendRequests(lab, requests, signal);
  const isShared = tallies.every((tally) => isEven(tally, backends, requests));
  if (isShown || !isShared) stage.say(formatTallies(tallies, backends));
  return isShared;
}
