import type { GatewayScripts } from '../../gateway/program.ts';
import { refusalProblem } from '../../gateway/refusals.ts';
import { probeGateway } from '../../gateway/transaction.ts';
import type { Problem } from '../../problem.ts';
import type { Remote } from '../../remote.ts';
import { askEachHost, type HostsRequest, type Unanswered, unanswered } from './each-host.ts';

/** A sudo or a tool that hangs must not hold its fork for ever. */
const probeMs = 60_000;

/** Can this gateway be managed? */
export type Pong =
  | {
      readonly kind: 'ok';
      readonly host: string;
      readonly facts: ReadonlyMap<string, string>;
      readonly warnings: readonly Problem[];
    }
  | Unanswered;

/**
 * Asks every host of a pattern; `answered` hears each as it comes.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export function pingHosts(request: HostsRequest, answered: (pong: Pong) => void): Promise<readonly Pong[]> {
  return askEachHost(request, ping, answered);
}

async function ping(host: string, remote: Remote, scripts: GatewayScripts): Promise<Pong> {
  const probed = await probeGateway(remote, scripts, AbortSignal.timeout(probeMs));
  if (probed.kind !== 'probed') return unanswered(host, probed);
  const blocking = probed.warnings.find(({ code }) => code !== 'locked');
  if (blocking !== undefined) return { kind: 'failed', host, problem: refusalProblem(host, blocking) };
  const warnings = probed.warnings.map((warning) => refusalProblem(host, warning));
  return { kind: 'ok', host, facts: probed.values, warnings };
}
