import type { Remote } from '../remote.ts';
import type { Family } from '../ruleset/model.ts';
import { ask, type NoAnswer, type Refused } from './asking.ts';
import { survey } from './commands.ts';
import type { GatewayScripts } from './program.ts';
import type { Standing } from './standing.ts';

/** How a whole gateway stands: what it has, whoever made it. */
export type Surveyed = {
  readonly kind: 'surveyed';
  /** `iptables-save -c` of each family, all tables; what they hold restores to just that. */
  readonly saves: { readonly [F in Family]: string };
  /** Canonical `ipset save` text of all sets. */
  readonly sets: string;
  readonly forwards: { readonly [F in Family]: boolean };
  readonly owners: Standing['owners'];
  /** Who changes it at this moment, in words. */
  readonly lockedBy?: string;
};

/** Reads everything that `adopt` writes down, over one connection; takes no lock and changes nothing. */
export async function surveyGateway(
  remote: Remote,
  scripts: GatewayScripts,
  signal?: AbortSignal,
): Promise<Surveyed | Refused | NoAnswer> {
  const answer = await ask(remote, survey(scripts), signal);
  if ('kind' in answer) return answer;
  const lock = answer.problems.find(({ code }) => code === 'locked');
  if (answer.end !== 'surveyed')
    return { kind: 'refused', refusals: answer.problems.filter((problem) => problem !== lock) };
  const file = (name: string) => answer.files.get(name) ?? '';
  const values = (key: string) => answer.values.filter((one) => one.key === key).map(({ value }) => value);
  return {
    kind: 'surveyed',
    saves: { ipv4: file('live.ipv4'), ipv6: file('live.ipv6') },
    sets: file('live.sets'),
    forwards: {
      ipv4: values('forwards').includes('ipv4 1'),
      ipv6: values('forwards').includes('ipv6 1'),
    },
    owners: values('owner').map((words) => {
      const [play = '', family = '', table = ''] = words.split(' ');
      return { play, family, table };
    }),
    ...(lock === undefined ? {} : { lockedBy: lock.text }),
  };
}
