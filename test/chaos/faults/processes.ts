import { detached, isSluice, liveRestore, type Process, processesBelow, signal } from '../processes.ts';
import type { Random } from '../random.ts';
import { type Heal, type Inject, Missed, pause, poll, type Stage, tokenOf } from '../stage.ts';

type Role = 'runner' | 'guard';

/** Runner and guard come up within a moment of `armed`: a fault that comes first waits for them. */
async function find(stage: Stage, role: Role): Promise<Process> {
  const token = tokenOf(stage);
  const found = await poll(() => detached(stage.gateway.pid, token, role), 3000);
  if (found === undefined) throw new Missed(`there is no ${role}`);
  return found;
}

export const killController: Inject = async ({ controller, seen }) => {
  if (!controller.signal('SIGKILL')) throw new Missed('the controller has ended');
  seen.isControllerKilled = true;
  return undefined;
};

export const stopController: Inject = async ({ controller }) => {
  if (!controller.signal('SIGSTOP')) throw new Missed('the controller has ended');
  return async () => void controller.signal('SIGCONT');
};

/** What a login has started, sshd's own part included; runner and guard have sessions of their own. */
export const killSession: Inject = async ({ gateway }) => {
  const isDetached = ({ argv }: Process) => argv.includes('runner') || argv.includes('guard');
  const doomed = processesBelow(gateway.pid, isDetached).filter((one) => {
    const words = one.argv.join(' ');
    return (
      !/sshd.*\[listener\]|^sleep 3600$/.test(words) &&
      (/^sshd: /.test(words) || isSluice(one) || /^sudo /.test(words))
    );
  });
  if (doomed.length === 0) throw new Missed('there is no session');
  for (const { pid } of doomed) signal(pid, 'SIGSTOP');
  for (const { pid } of doomed) signal(pid, 'SIGKILL');
  return undefined;
};

export const kill =
  (...roles: Role[]): Inject =>
  async (stage) => {
    const found = await Promise.all(roles.map((role) => find(stage, role)));
    // Stopped first, so that neither steps in for the other in between.
    for (const { pid } of found) signal(pid, 'SIGSTOP');
    for (const { pid } of found) signal(pid, 'SIGKILL');
    for (const role of roles) stage.seen.killed.add(role);
    return undefined;
  };

export const stop =
  (...roles: Role[]): Inject =>
  async (stage) => {
    const found = await Promise.all(roles.map((role) => find(stage, role)));
    for (const { pid } of found) signal(pid, 'SIGSTOP');
    return contOf(found);
  };

/** The next restore of the live rules, and a moment of it. */
async function restoreUnderWay({ gateway }: Stage, random: Random): Promise<number> {
  const moment = random.between(0, 60);
  const found = await poll(() => liveRestore(gateway.pid), 3000);
  if (found === undefined) throw new Missed('no restore was seen');
  await pause(moment);
  return found;
}

export const killRestore: Inject = async (stage, _fault, random) => {
  const pid = await restoreUnderWay(stage, random);
  if (!signal(pid, 'SIGKILL')) throw new Missed('the restore was over');
  return undefined;
};

export const stopRestore: Inject = async (stage, _fault, random) => {
  const pid = await restoreUnderWay(stage, random);
  if (!signal(pid, 'SIGSTOP')) throw new Missed('the restore was over');
  return contOf([{ pid }]);
};

export const stopSshd: Inject = async ({ gateway }) => {
  const listeners = processesBelow(gateway.pid).filter(({ argv }) => /\[listener\]/.test(argv.join(' ')));
  if (listeners.length === 0) throw new Missed('there is no sshd');
  for (const { pid } of listeners) signal(pid, 'SIGSTOP');
  return contOf(listeners);
};

function contOf(processes: readonly Pick<Process, 'pid'>[]): Heal {
  return async () => {
    for (const { pid } of processes) signal(pid, 'SIGCONT');
  };
}
