import type { Lint } from '../model.ts';
import { chainOf, reachedFrom } from '../paths.ts';
import { targetName, targetValue } from '../shape.ts';

export const f8: Lint = {
  id: 'F8',
  severity: 'error',
  title: 'forwarding rules, and forwarding is off',
  why: 'With ip_forward=0 the kernel drops what is not for itself before FORWARD is asked: DNAT to a backend reaches nobody, and FORWARD counts 0 packets. It is looked at where the play sets the parameter itself; otherwise nobody can tell from here.',
  fix: 'Set it in the play: sysctls: { net.ipv4.ip_forward: 1 } (IPv6: net.ipv6.conf.all.forwarding).',
  bad: `# sysctls: { net.ipv4.ip_forward: 0 }
*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  good: `# sysctls: { net.ipv4.ip_forward: 1 }
*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  find: (ruleset) => {
    if (ruleset.around.isForwarding !== false) return [];
    const translated = [...reachedFrom(ruleset, 'nat', 'PREROUTING')]
      .flatMap(({ rules }) => rules)
      .filter(
        ({ rule }) =>
          targetName(rule) === 'DNAT' &&
          !/^(127\.|:|\[?::1)/.test(targetValue(rule, '--to-destination') ?? ':'),
      );
    const forwarded = (chainOf(ruleset, 'filter', 'FORWARD')?.rules ?? []).filter(
      ({ rule }) => targetName(rule) === 'ACCEPT',
    );
    const [at] = [...translated, ...forwarded];
    const key = ruleset.family === 'ipv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    return at === undefined
      ? []
      : [{ at, message: `the play sets ${key} to 0: nothing is forwarded, so this does nothing` }];
  },
};
