import type { Lint } from '../model.ts';
import { rulesOf } from '../paths.ts';
import { ports, targetName, targetValue } from '../shape.ts';
import { natTarget } from './nat-target.ts';

export const lb6: Lint = {
  id: 'LB6',
  severity: 'warning',
  title: 'a range of ports to translate to, without --random',
  why: 'Without --random the kernel takes the first free port of the range, and for connections of different clients that is the first one: all went to the first port. Only a port that is in the range already stays as it is.',
  fix: 'Add --random to share out over the ports; to map a range onto another one, name its base: --to-destination 10.0.0.1:6000-6009/7000.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8000-8003
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8000-8003 --random
-A PREROUTING -d 203.0.113.1 -p tcp --dport 6000:6009 -j DNAT --to-destination 10.0.0.2:6000-6009
COMMIT`,
  find: (ruleset) =>
    [...rulesOf(ruleset, 'nat')].flatMap((at) => {
      const { rule, chain } = at;
      const name = targetName(rule);
      if ((name !== 'DNAT' && name !== 'REDIRECT') || chain.tenant !== undefined) return [];
      const written = targetValue(rule, name === 'DNAT' ? '--to-destination' : '--to-ports') ?? '';
      const to = natTarget(
        name === 'DNAT' ? written : `:${written}`,
        name === 'DNAT' ? ruleset.family : 'ipv4',
      );
      const isRandom = rule.target?.options.some((option) => option.name.startsWith('--random')) ?? false;
      const of = ports(rule, 'dport');
      if (to?.ports === undefined || to.isShifted || isRandom || of === undefined) return [];
      const [first, last] = to.ports;
      if (first === last || of.every(([low, high]) => low >= first && high <= last && low !== high))
        return [];
      const message = `without --random all of these connections go to one port of ${first}-${last}, the first that is free`;
      return [{ at, message }];
    }),
};
