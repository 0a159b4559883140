import type { RemoteCommand } from '../remote.ts';
import type { DesiredRuleset } from '../ruleset/model.ts';
import { versionOf } from './helper.ts';
import { formatInstalledPayload, formatPayload, type GatewayScripts } from './program.ts';

/**
 * Commands as data: the one place that says what is asked of a gateway. Every command sends the whole program, so that
 * no command depends on what an earlier one left there; where the program is installed, it must be of the same version.
 */
export type BeginRequest = {
  readonly token: string;
  readonly play: string;
  /** user@host of the operator, shown to whoever meets the lock. */
  readonly owner: string;
  readonly confirmWithinSeconds: number;
  readonly rulesets: readonly DesiredRuleset[];
  /** Take back that transaction instead of loading rule sets. */
  readonly undoOf?: string;
};

/** What can this gateway do? Changes nothing. */
export function probe(scripts: GatewayScripts): RemoteCommand {
  return command(scripts, ['probe'], []);
}

/** What would change? Changes nothing. */
export function inspect(
  scripts: GatewayScripts,
  play: string,
  rulesets: readonly DesiredRuleset[],
): RemoteCommand {
  return command(scripts, ['inspect', play], rulesets);
}

/** Lock, snapshot, rehearse; then waits for `go`, or for `release` or the end of its stdin. */
export function begin(scripts: GatewayScripts, request: BeginRequest): RemoteCommand {
  const { token, play, owner, confirmWithinSeconds, rulesets, undoOf } = request;
  const args = [
    'begin',
    token,
    play,
    owner,
    String(confirmWithinSeconds),
    ...(undoOf === undefined ? [] : [undoOf]),
  ];
  return command(scripts, args, rulesets);
}

/** Keep the change; the gateway refuses it over a connection older than the change. */
export function confirm(scripts: GatewayScripts, token: string): RemoteCommand {
  return command(scripts, ['confirm', token], []);
}

/** Take the change back now instead of at the deadline. */
export function rollback(scripts: GatewayScripts, token: string, reason: string): RemoteCommand {
  return command(scripts, ['rollback', token, reason.replace(/\s+/g, ' ')], []);
}

/** How does that transaction stand? */
export function status(scripts: GatewayScripts, token: string): RemoteCommand {
  return command(scripts, ['status', token], []);
}

function command(
  scripts: GatewayScripts,
  args: readonly string[],
  rulesets: readonly DesiredRuleset[],
): RemoteCommand {
  const files = rulesets.map(({ family, text }) => ({ name: `desired.${family}`, text }));
  return {
    program: scripts.boot,
    args,
    stdin: formatPayload(scripts.program, files),
    become: true,
    installed: { version: versionOf(scripts), stdin: formatInstalledPayload(files) },
  };
}
