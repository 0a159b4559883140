import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { allProcesses, listOrEmpty, networkOf, readOrEmpty, statusOf } from './proc.ts';

/** Marks every process that belongs to a lab: set in the environment of its first process, with the lab's folder. */
export const MARK = '_SLUICE_LAB_FOLDER';

/** The process ids of every lab that is alive in some part, by the lab's folder. */
export function markedProcesses(): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const pid of allProcesses()) {
    const folder = markOf(pid);
    if (folder === undefined) continue;
    found.set(folder, [...(found.get(folder) ?? []), pid]);
  }
  return found;
}

/** The folder of the lab that a process was started for; undefined also when the process is gone. */
export function markOf(pid: number): string | undefined {
  const entry = readOrEmpty(`/proc/${pid}/environ`)
    .split('\0')
    .find((variable) => variable.startsWith(`${MARK}=`));
  return entry?.slice(MARK.length + 1);
}

/**
 * Kills all processes of a lab, and those that others started inside its namespaces, and waits until they are gone.
 * Throws when some don't end within 20 s.
 */
export async function killLab(folder: string): Promise<void> {
  // A lab that is still being made shall not go on while we look around.
  for (const pid of processesMarked(folder)) signalProcess(pid, 'SIGSTOP');
  // The namespaces stand until the lab's first process ends. It goes last: the kernel soon gives the number of a
  // namespace to a new one, so that without it we might kill someone else's processes.
  await killAll(() => processesInside(folder));
  await killAll(() => processesMarked(folder));
}

async function killAll(find: () => readonly number[]): Promise<void> {
  const spared = [process.pid, ...ancestorsOf(process.pid)];
  const doomed = new Map<number, string>();
  const deadline = Date.now() + 20_000;
  for (;;) {
    for (const pid of find()) if (!spared.includes(pid)) doomed.set(pid, statusOf(pid)?.startedAt ?? '');
    const alive = [...doomed].filter(([pid, startedAt]) => isAlive(pid, startedAt)).map(([pid]) => pid);
    if (alive.length === 0) return;
    if (Date.now() > deadline) throw new Error(`Processes ${alive.join(', ')} of a lab don't end.`);
    for (const pid of alive) signalProcess(pid, 'SIGKILL');
    await sleep(10);
  }
}

/**
 * Sends a signal to a program that was started through nsenter. To enter a process namespace nsenter stays, as the
 * program's parent, and passes no signal on; otherwise it has become the program.
 */
export function signalProgram(pid: number, signal: NodeJS.Signals): void {
  const isParent = statusOf(pid)?.name === 'nsenter';
  const children = isParent ? allProcesses().filter((other) => statusOf(other)?.parent === pid) : [];
  for (const target of children.length === 0 ? [pid] : children) signalProcess(target, signal);
}

/** Whether a key pressed at our terminal (Ctrl-C) reaches us: then it reaches the programs that we run too. */
export function isInForeground(): boolean {
  const status = statusOf(process.pid);
  return status !== undefined && status.group === status.foregroundGroup;
}

function processesMarked(folder: string): readonly number[] {
  return markedProcesses().get(folder) ?? [];
}

function processesInside(folder: string): readonly number[] {
  const namespaces = new Set(processesMarked(folder).flatMap((pid) => namespacesBelow(pid, folder)));
  return namespaces.size === 0 ? [] : allProcesses().filter((pid) => namespaces.has(networkOf(pid) ?? ''));
}

/**
 * The network namespaces that a lab's first process has named. Only where /run is the lab's own: before that is
 * mounted, the names there are the machine's.
 */
function namespacesBelow(pid: number, folder: string): readonly string[] {
  const run = `/proc/${pid}/root/run`;
  if (readOrEmpty(`${run}/sluice-lab-folder`).trim() !== folder) return [];
  return listOrEmpty(`${run}/netns`).flatMap((name) => {
    try {
      return [`net:[${statSync(`${run}/netns/${name}`).ino}]`];
    } catch {
      return [];
    }
  });
}

function ancestorsOf(pid: number): readonly number[] {
  const parent = statusOf(pid)?.parent ?? 0;
  return parent === 0 ? [] : [parent, ...ancestorsOf(parent)];
}

/** A zombie has ended: it only waits for its parent to take notice. */
function isAlive(pid: number, startedAt: string): boolean {
  const status = statusOf(pid);
  return status?.startedAt === startedAt && status.state !== 'Z' && status.state !== 'X';
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile, which is what was wanted.
  }
}
