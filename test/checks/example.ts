import { expect } from 'vitest';
import type { Check, Observation, PortExpectation, Probe } from '../../src/checks/model.ts';
import { runChecks } from '../../src/checks/run.ts';
import type { Remote } from '../../src/remote.ts';
import { LocalRemote } from '../local-remote.ts';

/** A check that is tried once and has far more time than it needs. */
export function check(probe: Probe, over: Partial<Check> = {}): Check {
  const from = probe.kind === 'command' ? 'gateway' : 'controller';
  const time = { timeoutSeconds: 60, retries: 0, delaySeconds: 0 };
  return { name: 'it', from, probe, ...time, baseline: true, whenAlreadyFailing: 'require_fix', ...over };
}

export function tcp(address: string, port: number, expected: PortExpectation = 'open'): Probe {
  return { kind: 'tcp', address, port, expect: expected };
}

export function http(url: string, expected: { status?: number; body?: string } = {}): Probe {
  return { kind: 'http', url, expect: expected };
}

export function command(text: string, expected: { exitCode?: number; stdout?: string } = {}): Probe {
  return { kind: 'command', command: text, expect: { exitCode: 0, ...expected } };
}

/** Makes one check, with ample time. */
export async function observe(one: Check, gateway: Remote = new LocalRemote()): Promise<Observation> {
  const [observation] = await runChecks([one], { gateway }, { withinMs: 100_000 }, () => {});
  if (observation === undefined) return expect.fail('no observation');
  return observation;
}
