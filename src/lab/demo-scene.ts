import { type Connections, connectionsSince, countConnections } from './demo-connections.ts';
import { changeLine, type LineChange, readEvents, runsOf } from './demo-project.ts';
import { formatTallies, isEven, sendRequests } from './demo-requests.ts';
import { differingSaves, saveAll } from './demo-saves.ts';
import type { Stage } from './demo-stage.ts';
import { type RunStory, readStory } from './demo-story.ts';
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

/** One run of sluice. */
export type Run = {
  readonly exitCode: number;
  readonly story: RunStory;
  /** To the sshd of each gateway, while it went on. */
  readonly connections: Connections;
};

/** A run with a change that shall not succeed, and how things stand after it. */
export type Attempt = Run & {
  /** Names of the saves that differ from those before. */
  readonly unequal: readonly string[];
  readonly isShared: boolean;
};

/** Runs sluice at the lab's controller, for everybody to see. */
export async function runSluice(scene: Scene, words: readonly string[]): Promise<Run> {
  const { lab, folder, main, stage, signal } = scene;
  stage.command(['sluice', ...words]);
  const known = await runsOf(folder);
  const before = await countConnections(lab);
  // Whoever runs the demo may have an SSH configuration or an agent: neither plays a part here.
  const env = ['env', `HOME=${folder}`, 'SSH_AUTH_SOCK='];
  const exitCode = await runInside(lab, 'controller', [...env, process.execPath, main, ...words]);
  signal.throwIfAborted();
  const connections = connectionsSince(before, await countConnections(lab));
  const [run] = (await runsOf(folder)).filter((name) => !known.includes(name));
  const events = run === undefined ? '' : await readEvents(folder, run);
  return { exitCode, story: readStory(events), connections };
}

/** Runs a program in a place of the lab, for everybody to see, and answers its exit code. */
export async function runPlainly(
  { lab, stage, signal }: Scene,
  place: string,
  argv: readonly string[],
): Promise<number> {
  stage.command(['sluice', 'lab', 'run', '--in', place, '--', ...argv]);
  const exitCode = await runInside(lab, place, argv);
  signal.throwIfAborted();
  return exitCode;
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
  const unequal = differingSaves(before, await saveAll(lab));
  await changeLine(folder, { file: change.file, from: change.to, to: change.from });
  stage.say('\n');
  return { ...run, unequal, isShared: await sharesRequests(scene, 30, { isShown: false }) };
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

export function namesOf({ gateways }: Lab): readonly string[] {
  return gateways.map(({ name }) => name);
}

/** Whether the same names were named, however often and in whatever order. */
export function isSame(names: readonly string[], others: readonly string[]): boolean {
  return [...new Set(names)].sort().join('\n') === [...new Set(others)].sort().join('\n');
}
