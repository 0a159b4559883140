import type { Lint } from '../model.ts';
import { rulesOf } from '../paths.ts';

export const n2: Lint = {
  id: 'N2',
  severity: 'error',
  title: 'a range with a port at both of its ends',
  why: 'iptables takes a range of addresses and then one port: "Bad IP address" is what it says to this, and nothing is loaded.',
  fix: 'Write FIRST-LAST:PORT, as 10.0.0.1-10.0.0.3:80.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80-10.0.0.3:80
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.3:80 --persistent
COMMIT`,
  find: (ruleset) =>
    [...rulesOf(ruleset, 'nat')].flatMap((at) => {
      const to = at.rule.target?.options.find(({ name }) => /^--to-(destination|source)$/.test(name))
        ?.values[0];
      const [, first, port, last] =
        /^(\d+(?:\.\d+){3}):(\d+)-(\d+(?:\.\d+){3}):\d+$/.exec(to ?? '') ??
        /^\[([\da-f:]+)\]:(\d+)-\[([\da-f:]+)\]:\d+$/i.exec(to ?? '') ??
        [];
      if (first === undefined) return [];
      const range = first.includes(':') ? `[${first}-${last}]` : `${first}-${last}`;
      return [{ at, message: `iptables refuses ${to}: it wants ${range}:${port}` }];
    }),
};
