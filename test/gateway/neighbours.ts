import type { DesiredState, Scope } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import type { Sandbox } from './sandbox.ts';
import { filter } from './transactions.ts';

/** What other tools have on the gateway: a jail of fail2ban's, Docker's chains, and a rule that nobody knows. */
export const others = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
:DOCKER - [0:0]
:f2b-sshd - [0:0]
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -j DOCKER
-A DOCKER-USER -j RETURN
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A f2b-sshd -s 192.0.2.1/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b-sshd -j RETURN
COMMIT
`;

export const keep: Scope = { kind: 'tables', keep: ['DOCKER*', 'f2b-*'] };
export const chains: Scope = {
  kind: 'chains',
  prefix: 'EDGE-',
  mark: 'sluice:edge',
  jumps: [{ table: 'filter', chain: 'FORWARD', at: 'after', anchor: 'DOCKER-USER' }],
};

export function own(...rules: string[]): string {
  const jump = '-m comment --comment "sluice:edge"';
  return `*filter
:EDGE-IN - [0:0]
:EDGE-FWD - [0:0]
-A INPUT ${jump} -p tcp -j EDGE-IN
-A FORWARD ${jump} -j EDGE-FWD
${rules.map((rule) => `-A EDGE-IN ${rule}\n`).join('')}-A EDGE-FWD -d 198.51.100.7/32 -j DROP
COMMIT
`;
}

/** The two ways of living beside them, each as a play that wants these rules of its own chain, or of INPUT. */
export const shapes: readonly {
  readonly name: string;
  readonly desired: (...rules: string[]) => DesiredState;
}[] = [
  {
    name: 'keep',
    desired: (...rules) =>
      desiredState([desiredRuleset(filter(...rules.map((rule) => `-A INPUT ${rule}`)))], { scope: keep }),
  },
  {
    name: 'scope: chains',
    desired: (...rules) => desiredState([desiredRuleset(own(...rules))], { scope: chains }),
  },
];

export const ban = (sandbox: Sandbox, address: string) =>
  sandbox.sh(`iptables -w -I f2b-sshd 1 -s ${address} -j REJECT`);
/** Without counters and dates. */
export const saved = async (sandbox: Sandbox) =>
  (await sandbox.sh('iptables-save')).replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
