import type { Lint } from '../model.ts';
import { rulesOf } from '../paths.ts';
import { matchOption, ports, protocol, targetName } from '../shape.ts';

export const n4: Lint = {
  id: 'N4',
  severity: 'error',
  title: 'SNAT of answers, by --sport',
  why: "The table nat sees the first packet of a connection alone, and that is the client's: an answer from port 80 never comes here. The rule counted 0 packets; the answers are translated back without it.",
  fix: 'Remove it. Where backends must answer to the gateway, masquerade what it sends to them: -m conntrack --ctstate DNAT -j MASQUERADE.',
  bad: `*nat
-A POSTROUTING -s 10.0.0.1 -p tcp --sport 80 -j SNAT --to-source 203.0.113.1
COMMIT`,
  good: `*nat
-A POSTROUTING -o lan -m conntrack --ctstate DNAT -j MASQUERADE
COMMIT`,
  find: (ruleset) =>
    [...rulesOf(ruleset, 'nat')].flatMap((at) => {
      const { rule, chain } = at;
      const name = targetName(rule) ?? '';
      if (!['SNAT', 'MASQUERADE'].includes(name) || protocol(rule) !== 'tcp' || chain.tenant !== undefined)
        return [];
      const of =
        matchOption(rule, '--sport', '--sports')?.isNegated === false ? ports(rule, 'sport') : undefined;
      if (of === undefined || !of.every(([from, to]) => from === to && isServers(from))) return [];
      const message = `no connection begins at port ${of.map(([port]) => port).join(', ')}, and nat sees only how connections begin: this never matches`;
      return [{ at, message }];
    }),
};

/** A client may bind a port of rresvport (NFS, rsh), and a server of FTP calls from port 20. */
function isServers(port: number): boolean {
  return port !== 20 && (port < 512 || [993, 995, 3306, 5432, 8000, 8080, 8443].includes(port));
}
