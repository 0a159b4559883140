import { ProblemsError } from '../problem.ts';
import { networkOption, placeLog } from './lab.ts';
import type { LabPlan } from './plan.ts';
import { readOrEmpty } from './proc.ts';
import { runProgram } from './program.ts';
import { findScript } from './tools.ts';

type Target = { readonly name: string; readonly address: string };

/**
 * Waits until every sshd has greeted at the controller, and every backend accepts a connection on the LAN.
 *
 * @throws ProblemsError with the logs of those that didn't in time: 30 s, and 1 s for each gateway.
 */
export async function waitUntilReady(
  lab: LabPlan & { readonly pid: number },
  signal: AbortSignal,
): Promise<void> {
  const { id, pid, gateways, desk, backends } = lab;
  const timeoutMs = 30_000 + 1_000 * gateways.length;
  const silent = await Promise.all([
    probe('controller', [...gateways, { name: desk.name, address: desk.sideAddress }], {
      port: 22,
      greets: true,
    }),
    probe('b1', backends, { port: 80, greets: false }),
  ]);
  const failures = silent.flat().map((place) => ({ place, logFile: placeLog(id, place) }));
  if (failures.length > 0) throw didNotStart(failures);

  async function probe(from: string, targets: readonly Target[], how: object): Promise<readonly string[]> {
    const argv = [
      'nsenter',
      networkOption(pid, from),
      process.execPath,
      findScript('probe.mjs'),
      `${timeoutMs}`,
    ];
    const stdin = JSON.stringify(targets.map(({ name, address }) => ({ name, address, ...how })));
    const { code, stdout, stderr } = await runProgram(argv, { stdin, signal });
    if (code !== 0) throw new Error(`The probe of lab ${id} ended with ${code}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  }
}

/** The error that tells what of a lab didn't start, with the ends of the logs, which are read now. */
export function didNotStart(
  failures: readonly { readonly place: string; readonly logFile: string }[],
): ProblemsError {
  return new ProblemsError(
    failures.map(({ place, logFile }) => ({
      code: 'lab-failed',
      message: `${place} didn't start. Its log ends:\n${lastLines(logFile)}`,
      remedy: 'Nothing is left of this lab; `sluice lab up` may be tried again.',
    })),
  );
}

function lastLines(file: string): string {
  const text = readOrEmpty(file).replaceAll('\r', '').trimEnd();
  const lines = text === '' ? ['(nothing)'] : text.split('\n').slice(-10);
  return lines.map((line) => `    ${line}`).join('\n');
}
