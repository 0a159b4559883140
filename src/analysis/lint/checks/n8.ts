import type { Lint } from '../model.ts';
import { rulesOf } from '../paths.ts';
import { basicValue, namesPorts, protocol, targetName, targetValue } from '../shape.ts';
import { natTarget } from './nat-target.ts';

export const n8: Lint = {
  id: 'N8',
  severity: 'error',
  title: 'every source port made the same one',
  why: 'The kernel tells connections apart by their addresses and ports. With SNAT to one port, those to one backend differ in nothing any more: of ten connections made one after the other, one came through, and nine timed out.',
  fix: 'Leave the port away: the answers are translated back by what the kernel remembers of the connection, whatever its port.',
  bad: `*nat
-A POSTROUTING -d 10.0.0.1 -p tcp --dport 80 -j SNAT --to-source 203.0.113.1:80
COMMIT`,
  good: `*nat
-A POSTROUTING -d 10.0.0.1 -p tcp --dport 80 -j SNAT --to-source 203.0.113.1
COMMIT`,
  find: (ruleset) =>
    [...rulesOf(ruleset, 'nat')].flatMap((at) => {
      const { rule, chain } = at;
      const name = targetName(rule);
      if ((name !== 'SNAT' && name !== 'MASQUERADE') || chain.tenant !== undefined) return [];
      // Who sends from one port has but one connection to each address; so has a single host, as a rule, by UDP.
      if (namesPorts(rule, 'sport') || (protocol(rule) !== 'tcp' && isOneHost(basicValue(rule, '-s'))))
        return [];
      const to =
        name === 'SNAT'
          ? natTarget(targetValue(rule, '--to-source') ?? '', ruleset.family)
          : natTarget(`:${targetValue(rule, '--to-ports') ?? ''}`, 'ipv4');
      const [first, last] = to?.ports ?? [];
      if (first === undefined || first !== last || to?.last !== undefined) return [];
      const message = `all of these connections get source port ${first}: to one address and port there can be one of them at a time, and the others are lost`;
      return [{ at, message }];
    }),
};

function isOneHost(address: string | undefined): boolean {
  return address !== undefined && (!address.includes('/') || /\/(32|128)$/.test(address));
}
