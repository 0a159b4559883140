import type { Lint } from '../model.ts';
import { rulesOf } from '../paths.ts';
import { targetName, targetValue } from '../shape.ts';
import { natTarget } from './nat-target.ts';

export const lb5: Lint = {
  id: 'LB5',
  severity: 'warning',
  title: 'DNAT to a range of addresses, as if it were round robin',
  why: 'The kernel picks the address by a hash of source and destination: one client always meets the same backend, and an address of the range where nobody listens takes its share of the clients and lets them time out.',
  fix: 'Share out by statistic nth or random, a rule a backend. Where a hash of the client is what you want, say --persistent, and let every address of the range answer.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.3
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.3 --persistent
COMMIT`,
  find: (ruleset) =>
    [...rulesOf(ruleset, 'nat')].flatMap((at) => {
      const { rule, chain } = at;
      if (targetName(rule) !== 'DNAT' || chain.tenant !== undefined) return [];
      const to = natTarget(targetValue(rule, '--to-destination') ?? '', ruleset.family);
      const isMeant = rule.target?.options.some(({ name }) => name === '--persistent') ?? false;
      if (to?.last === undefined || isMeant) return [];
      const message = `${to.first}-${to.last} is no round robin: the kernel picks by a hash of source and destination, so one client always meets the same backend`;
      return [{ at, message }];
    }),
};
