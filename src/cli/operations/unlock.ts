import type { GatewayScripts } from '../../gateway/program.ts';
import { type Unlocked, unlockGateway } from '../../gateway/report.ts';
import type { Remote } from '../../remote.ts';
import { askEachHost, type HostsRequest, type Unanswered, unanswered } from './each-host.ts';

/** Bringing a dead transaction to its end may take a rollback. */
const unlockMs = 180_000;

/** What became of a gateway's lock. */
export type HostUnlock =
  | (Extract<Unlocked, { kind: 'unlocked' | 'notLocked' }> & { readonly host: string })
  | Unanswered;

/**
 * Frees the lock of every host of a pattern, where its owner is dead; `answered` hears each as it comes.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export function unlockHosts(
  request: HostsRequest,
  answered: (unlock: HostUnlock) => void,
): Promise<readonly HostUnlock[]> {
  return askEachHost(request, unlockHost, answered);
}

async function unlockHost(host: string, remote: Remote, scripts: GatewayScripts): Promise<HostUnlock> {
  const unlocked = await unlockGateway(remote, scripts, AbortSignal.timeout(unlockMs));
  if (unlocked.kind === 'unlocked' || unlocked.kind === 'notLocked') return { ...unlocked, host };
  return unanswered(host, unlocked);
}
