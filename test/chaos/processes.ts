import { readFileSync } from 'node:fs';
import { networkOf, readOrEmpty, statusOf } from '../../src/lab/proc.ts';

/** A process of a gateway, as this machine sees it. */
export type Process = {
  readonly pid: number;
  /** Its number inside the gateway. */
  readonly inside: number;
  readonly name: string;
  readonly argv: readonly string[];
};

/** All processes below one, without it; `prune` leaves out some, with what is below them. */
export function processesBelow(
  pid: number,
  prune: (process: Process) => boolean = () => false,
): readonly Process[] {
  return childrenOf(pid).flatMap((child) => {
    const process = processOf(child);
    if (process === undefined || prune(process)) return [];
    return [process, ...processesBelow(child, prune)];
  });
}

/** Signals at once, and is content when it is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** The runner or guard of a gateway, by what it wrote of itself. */
export function detached(root: number, token: string, role: 'runner' | 'guard'): Process | undefined {
  const id = readOrEmpty(`/proc/${root}/root/var/lib/sluice/tx/${token}/${role}.id`).split(':')[0];
  if (id === undefined || id === '') return undefined;
  return processesBelow(root).find(({ inside }) => inside === Number(id));
}

/** Is it sluice's program, or something that it has started? */
export function isSluice({ argv }: Process): boolean {
  return argv.some((word) => word.includes('sluice'));
}

/** A restore of the gateway's own rules that runs just now; those of a rehearsal are in a namespace of their own. */
export function liveRestore(root: number): number | undefined {
  const network = networkOf(root);
  return descendants(root).find(
    (pid) => /^ip6?tables-resto/.test(readOrEmpty(`/proc/${pid}/comm`)) && networkOf(pid) === network,
  );
}

function descendants(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function processOf(pid: number): Process | undefined {
  const status = statusOf(pid);
  if (status === undefined || status.state === 'Z') return undefined;
  const inside = /^NSpid:.*\t(\d+)$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  const argv = readOrEmpty(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
  return { pid, inside: Number(inside ?? 0), name: status.name, argv };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}
