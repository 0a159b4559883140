import type { Lint } from '../model.ts';
import { chainOf } from '../paths.ts';
import { takesAll, targetName } from '../shape.ts';

export const n5: Lint = {
  id: 'N5',
  severity: 'warning',
  title: 'MASQUERADE of everything',
  why: 'Without -o or -s it also rewrites what goes from one of your networks to another, and what is translated to a backend: every client looks like the gateway there, in logs, rate limits and blocklists.',
  fix: 'Say by which interface it leaves (-o wan), and from which network (-s 10.0.0.0/8).',
  bad: `*nat
-A POSTROUTING -j MASQUERADE
COMMIT`,
  good: `*nat
-A POSTROUTING -s 10.0.0.0/8 -o wan -j MASQUERADE
COMMIT`,
  find: (ruleset) =>
    (chainOf(ruleset, 'nat', 'POSTROUTING')?.rules ?? []).flatMap((at) => {
      const name = targetName(at.rule) ?? '';
      if (!['MASQUERADE', 'SNAT'].includes(name) || !takesAll(at.rule)) return [];
      const message = `${name} of everything: backends and your other networks see the gateway's address instead of each client's`;
      return [{ at, message }];
    }),
};
