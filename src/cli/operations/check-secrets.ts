import type { Check } from '../../checks/model.ts';
import type { Problem } from '../../problem.ts';
import { Sensitive, type Vaulted } from '../../sensitive.ts';
import type { Vault } from '../../vault/vault.ts';

/** Opens the vaulted parts of what checks send in headers, and answers why some stay sealed. */
export async function openHeaders(checks: readonly Check[], vault: Vault): Promise<readonly Problem[]> {
  const sealed = new Map<Vaulted, string>();
  for (const { name, probe } of checks) {
    for (const [header, value] of Object.entries(probe.kind === 'http' ? (probe.headers ?? {}) : {})) {
      if (!(value instanceof Sensitive)) continue;
      for (const part of value.sealed) sealed.set(part, `header ${header} of check "${name}"`);
    }
  }
  const problems = await Promise.all([...sealed].map(([value, name]) => vault.open(value, name)));
  return problems.flatMap((problem) => problem ?? []);
}

/** Whether a check as it was journaled lacks a secret, which no journal keeps. */
export function lacksSecret({ probe }: Check): boolean {
  return (
    probe.kind === 'http' &&
    Object.values(probe.headers ?? {}).some((value) => JSON.stringify(value).includes('[secret]'))
  );
}
