import type { Lint } from '../model.ts';
import { match } from '../shape.ts';

export const lb7: Lint = {
  id: 'LB7',
  severity: 'error',
  title: 'a cluster node of 7 or more',
  why: '--cluster-local-node is saved as a mask, and iptables 1.8.9 takes masks up to 32 only: what iptables-save prints of node 7 (0x40) is refused when it is loaded again. A gateway with such a rule has no snapshot that could be restored, and no rules after a reboot.',
  fix: 'Number the nodes from 1 to 6, or choose by a hash: HMARK in mangle, then match the mark.',
  bad: `*mangle
-A PREROUTING -m cluster --cluster-total-nodes 8 --cluster-local-node 7 --cluster-hash-seed 1 -j MARK --set-mark 7
COMMIT`,
  good: `*mangle
-A PREROUTING -m cluster --cluster-total-nodes 6 --cluster-local-node 6 --cluster-hash-seed 1 -j MARK --set-mark 6
COMMIT`,
  find: ({ rules }) =>
    rules.flatMap((at) => {
      const options = match(at.rule, 'cluster')?.options ?? [];
      const value = (name: string) => Number(options.find((option) => option.name === name)?.values[0]);
      if (!(value('--cluster-local-node') >= 7 || value('--cluster-local-nodemask') > 32)) return [];
      const message =
        'iptables-save prints this as a mask that iptables-restore refuses: the rule set could not be loaded again, by a rollback or at boot';
      return [{ at, message }];
    }),
};
