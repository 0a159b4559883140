import type { Remote } from '../remote.ts';
import { type CountRate, dropRates } from '../ruleset/drops.ts';
import type { Family } from '../ruleset/model.ts';
import { ask, type NoAnswer, type Refused } from './asking.ts';
import { measure } from './commands.ts';
import type { GatewayScripts } from './program.ts';

export type Measured = { readonly kind: 'measured'; readonly rates: readonly CountRate[] };

const families: readonly Family[] = ['ipv4', 'ipv6'];

/**
 * How much the rules of a gateway drop, from two saves some seconds apart over one connection; takes no lock and changes nothing.
 * @param globs which rules are counted; none: all that drop or reject
 */
export async function measureGateway(
  remote: Remote,
  scripts: GatewayScripts,
  seconds: number,
  globs: readonly string[],
  signal?: AbortSignal,
): Promise<Measured | Refused | NoAnswer> {
  const answer = await ask(remote, measure(scripts, seconds), signal);
  if ('kind' in answer) return answer;
  if (answer.end !== 'measured') return { kind: 'refused', refusals: answer.problems };
  const save = (side: string, family: Family) => answer.files.get(`${side}.${family}`) ?? '';
  const rates = families.flatMap((family) =>
    dropRates(save('before', family), save('after', family), { family, seconds, globs }),
  );
  return { kind: 'measured', rates };
}
