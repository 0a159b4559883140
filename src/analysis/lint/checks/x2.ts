import type { Lint } from '../model.ts';
import { targetName, targetValue } from '../shape.ts';

export const x2: Lint = {
  id: 'X2',
  severity: 'warning',
  title: 'a log prefix of more than 29 characters',
  why: 'iptables cuts it after 29 characters without a word: prefixes that differ only after that are the same in the log, and the blank at the end is lost.',
  fix: 'Shorten it.',
  bad: `*filter
-A INPUT -j LOG --log-prefix "firewall: dropped on input chain "
COMMIT`,
  good: `*filter
-A INPUT -j LOG --log-prefix "fw input drop: "
COMMIT`,
  find: ({ rules }) =>
    rules.flatMap((at) => {
      if (targetName(at.rule) !== 'LOG' || at.chain.tenant !== undefined) return [];
      const prefix = targetValue(at.rule, '--log-prefix') ?? '';
      if (prefix.length <= 29) return [];
      return [
        {
          at,
          message: `the prefix has ${prefix.length} characters, and the log will say "${prefix.slice(0, 29)}"`,
        },
      ];
    }),
};
