import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { saveState } from './folder.ts';
import { type Lab, type LabState, labFiles, openLab, placeLog, STATE_VERSION } from './lab.ts';
import type { LabPlan } from './plan.ts';
import { MARK } from './processes.ts';
import { didNotStart, waitUntilReady } from './ready.ts';
import { findScript, findTool, searchPath } from './tools.ts';

type Fabric = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Starts a lab whose folder is written, and answers when all of it accepts connections.
 *
 * @throws ProblemsError with the log of what failed.
 */
export async function startLab(
  plan: LabPlan,
  { keep = false, signal }: { readonly keep?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Lab> {
  const fabric = spawnFabric(plan.id);
  const over = new AbortController();
  const { started, failure } = follow(plan.id, fabric, signal);
  failure.catch(() => over.abort());

  await Promise.race([failure, started]);
  const pid = readPid(`${labFiles(plan.id).folder}/pid`);
  await Promise.race([failure, waitUntilReady({ ...plan, pid }, over.signal)]);
  const state = stateOf(plan, pid);
  await saveState(state);
  await letGo(fabric, keep);
  return openLab(state);
}

/** Starts the lab's first process, in a session of its own and tied to us by its stdin. */
function spawnFabric(id: string): Fabric {
  const { folder, logFile } = labFiles(id);
  const log = openSync(logFile, 'a');
  // The types know no file descriptor as stderr.
  const fabric = spawn(
    findTool('unshare') ?? 'unshare',
    [
      ...['--mount', '--net', '--pid', '--fork', '--kill-child'],
      ...['sh', findScript('sh/fabric.sh'), folder],
      ...[
        findScript('sh/machine.sh'),
        findScript('backend.mjs'),
        findTool('sshd') ?? 'sshd',
        process.execPath,
      ],
    ],
    {
      detached: true,
      stdio: ['pipe', 'pipe', log],
      env: { PATH: searchPath(), LC_ALL: 'C', [MARK]: folder },
    },
  ) as Fabric;
  closeSync(log);
  // When the lab ends before it has read, its exit says more than this.
  fabric.stdin.on('error', () => undefined);
  return fabric;
}

/**
 * Follows what the lab's first process tells. `failure` never fulfils: it rejects when the lab ends, one of its places
 * fails, or the caller wants no more.
 */
function follow(id: string, fabric: Fabric, signal: AbortSignal | undefined) {
  const { logFile } = labFiles(id);
  let resolve: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const started = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  const failure = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  fabric.once('error', reject);
  fabric.once('exit', () => reject(didNotStart([{ place: 'the lab', logFile }])));
  createInterface(fabric.stdout).on('line', (line) => {
    const place = /^failed (.+)$/.exec(line)?.[1];
    if (place === undefined) resolve();
    else reject(didNotStart([{ place, logFile: placeLog(id, place) }]));
  });
  return { started, failure };
}

/** By now every machine with an sshd has written its process id: it does so before it starts sshd. */
function stateOf({ id, user, gateways, desk, backends }: LabPlan, pid: number): LabState {
  const { folder } = labFiles(id);
  const running = <T extends { readonly name: string }>(place: T) => ({
    ...place,
    pid: readPid(`${folder}/places/${place.name}/pid`),
  });
  return {
    version: STATE_VERSION,
    id,
    pid,
    madeAt: new Date().toISOString(),
    user,
    gateways: gateways.map(running),
    desk: running(desk),
    backends,
  };
}

/** Unties the lab from this process (`keep`), or leaves it tied; in both cases it doesn't keep this process alive. */
async function letGo(fabric: Fabric, keep: boolean): Promise<void> {
  if (keep) await new Promise<void>((resolve) => fabric.stdin.end('keep\n', resolve));
  fabric.stdout.destroy();
  fabric.unref();
  if (fabric.stdin instanceof Socket) fabric.stdin.unref();
}

function readPid(file: string): number {
  return Number(readFileSync(file, 'utf8'));
}
