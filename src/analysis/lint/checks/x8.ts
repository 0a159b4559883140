import type { Lint, LintRule } from '../model.ts';
import { match } from '../shape.ts';
import { where } from '../where.ts';

export const x8: Lint = {
  id: 'X8',
  severity: 'error',
  title: 'one hashlimit name with different limits',
  why: "The name is the table in the kernel, and the first rule makes it: a second rule of that name counts by the first one's rate. Of 30 packets at 100/second, 2 passed, by the 1/minute of another rule of the same name.",
  fix: 'Give each limit a name of its own; one that holds its parameters (ssh-5m-10) also changes when they change, and a changed rate of an old name would not be taken over.',
  bad: `*filter
-A INPUT -p tcp --dport 22 -m hashlimit --hashlimit-upto 5/min --hashlimit-mode srcip --hashlimit-name clients -j ACCEPT
-A INPUT -p tcp --dport 80 -m hashlimit --hashlimit-upto 50/sec --hashlimit-mode srcip --hashlimit-name clients -j ACCEPT
-A INPUT -p tcp -m multiport --dports 22,80 -j DROP
COMMIT`,
  good: `*filter
-A INPUT -p tcp --dport 22 -m hashlimit --hashlimit-upto 5/min --hashlimit-mode srcip --hashlimit-name ssh-5m -j ACCEPT
-A INPUT -p tcp --dport 80 -m hashlimit --hashlimit-upto 50/sec --hashlimit-mode srcip --hashlimit-name web-50s -j ACCEPT
-A INPUT -p tcp -m multiport --dports 22,80 -j DROP
COMMIT`,
  find: ({ rules }) => {
    const first = new Map<string, { readonly at: LintRule; readonly terms: string }>();
    return rules.flatMap((at) => {
      const options = match(at.rule, 'hashlimit')?.options ?? [];
      const name = options.find((option) => option.name === '--hashlimit-name')?.values[0];
      if (name === undefined) return [];
      const terms = options
        .filter((option) => option.name !== '--hashlimit-name')
        .map(({ name: of, values }) => `${of.replace(/-(upto|above)$/, '')} ${values.join(' ')}`)
        .sort()
        .join(' ');
      const known = first.get(name);
      if (known === undefined) first.set(name, { at, terms });
      if (known === undefined || known.terms === terms) return [];
      return [
        {
          at,
          message: `${where(known.at, at, 'another rule')} has the same name "${name}" with other limits: this rule counts by those`,
        },
      ];
    });
  },
};
