import type { Lint } from '../model.ts';
import { jumpedTo, rulesOf } from '../paths.ts';
import { match, matchOption, targetName } from '../shape.ts';

export const lb4: Lint = {
  id: 'LB4',
  severity: 'info',
  title: 'stickiness by the match recent',
  why: 'A list of recent holds 100 clients unless the module was loaded with ip_list_tot: with more clients than that, the oldest are forgotten and go to another backend.',
  fix: 'Choose the backend by a hash of the source (HMARK --hmark-tuple src in mangle, then DNAT by mark); or load xt_recent with a larger ip_list_tot.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m recent --name b1 --rcheck --seconds 600 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m mark --mark 1 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  find: (ruleset) => {
    const isSticky = (one: Parameters<typeof jumpedTo>[0]) =>
      one.chain.tenant === undefined &&
      match(one.rule, 'recent') !== undefined &&
      matchOption(one.rule, '--rcheck', '--update') !== undefined &&
      (targetName(one.rule) === 'DNAT' ||
        jumpedTo(one, ruleset)?.rules.some(({ rule }) => targetName(rule) === 'DNAT') === true);
    const at = [...rulesOf(ruleset, 'nat')].find(isSticky);
    const message =
      'it keeps a client at its backend by a list of recent, which holds 100 clients by default';
    return at === undefined ? [] : [{ at, message }];
  },
};
