import type { RemoteCommand } from '../remote.ts';
import type { DesiredState, Scope } from '../ruleset/model.ts';
import { versionOf } from './helper.ts';
import { formatInstalledPayload, formatPayload, type GatewayScripts, type PayloadFile } from './program.ts';

/**
 * Commands as data: the one place that says what is asked of a gateway. What begins sends the whole program, so that it
 * depends on nothing that was left there; what asks for a transaction runs the program that began it. Where the program is
 * installed, it must be of the same version.
 */
export type BeginRequest = {
  readonly token: string;
  readonly play: string;
  /** user@host of the operator, shown to whoever meets the lock. */
  readonly owner: string;
  readonly confirmWithinSeconds: number;
  /** Left out where an undo takes what it wants from the gateway. */
  readonly desired?: DesiredState;
  /** Take back that transaction instead of loading what is desired. */
  readonly undoOf?: string;
};

/** What can this gateway do? Changes nothing. */
export function probe(scripts: GatewayScripts): RemoteCommand {
  return command(scripts, ['probe'], []);
}

/** What would change? Changes nothing. */
export function inspect(scripts: GatewayScripts, play: string, desired: DesiredState): RemoteCommand {
  return command(scripts, ['inspect', play], filesOf(desired));
}

/** How does it stand as a whole? Changes nothing. */
export function survey(scripts: GatewayScripts): RemoteCommand {
  return command(scripts, ['survey'], []);
}

/** What do its rules count in so many seconds? Changes nothing. */
export function measure(scripts: GatewayScripts, seconds: number): RemoteCommand {
  return command(scripts, ['measure', String(seconds)], []);
}

/** Lock, snapshot, rehearse; then waits for `go`, or for `release` or the end of its stdin. */
export function begin(scripts: GatewayScripts, request: BeginRequest): RemoteCommand {
  const { token, play, owner, confirmWithinSeconds, desired, undoOf } = request;
  const args = [
    'begin',
    token,
    play,
    owner,
    String(confirmWithinSeconds),
    ...(undoOf === undefined ? [] : [undoOf]),
  ];
  return command(scripts, args, desired === undefined ? [] : filesOf(desired));
}

/** Keep the change; the gateway refuses it over a connection older than the change. */
export function confirm(scripts: GatewayScripts, token: string): RemoteCommand {
  return ofTransaction(scripts, ['confirm', token]);
}

/** Take the change back now instead of at the deadline. */
export function rollback(scripts: GatewayScripts, token: string, reason: string): RemoteCommand {
  return ofTransaction(scripts, ['rollback', token, reason.replace(/\s+/g, ' ')]);
}

/** How does that transaction stand? */
export function status(scripts: GatewayScripts, token: string): RemoteCommand {
  return ofTransaction(scripts, ['status', token]);
}

/** How does the gateway stand: its lock, its transactions? Changes nothing. */
export function report(scripts: GatewayScripts): RemoteCommand {
  return command(scripts, ['report'], []);
}

/** What did each play want once that run was done? Changes nothing. */
export function recall(scripts: GatewayScripts, run: string): RemoteCommand {
  return command(scripts, ['recall', run], []);
}

/** Free the lock, if nobody lives who does. */
export function unlock(scripts: GatewayScripts): RemoteCommand {
  return command(scripts, ['unlock'], []);
}

/** Take sluice's own files and boot unit off; the rules stay as they are. */
export function purge(scripts: GatewayScripts, token: string, owner: string): RemoteCommand {
  return command(scripts, ['purge', token, owner], []);
}

/** What the gateway's program finds beside itself; a file that would be empty is left out. */
function filesOf({
  rulesets,
  sets,
  sysctls,
  persist,
  conntrack,
  spares = [],
  scope,
}: DesiredState): readonly PayloadFile[] {
  const lines = (name: string, all: readonly string[]): readonly PayloadFile[] =>
    all.length === 0 ? [] : [{ name, text: all.map((line) => `${line}\n`).join('') }];
  const kept = sets.filter(({ keepsMembers }) => keepsMembers);
  return [
    ...rulesets.map(({ family, text }) => ({ name: `desired.${family}`, text })),
    ...lines(
      'desired.sets',
      sets.flatMap(({ create, members }) => [create, ...members]),
    ),
    ...lines(
      'kept.sets',
      kept.map(({ name }) => name),
    ),
    ...lines(
      'desired.sysctls',
      sysctls.map(({ key, value }) => `${key} ${value}`),
    ),
    ...lines('options', [
      `persist ${persist ? 'yes' : 'no'}`,
      `conntrack ${conntrack}`,
      ...spares.map((address) => `spare ${address}`),
      ...scopeLines(scope),
    ]),
  ];
}

/** Nothing where tables are owned whole. */
function scopeLines(scope: Scope | undefined): readonly string[] {
  if (scope === undefined) return [];
  if (scope.kind === 'tables') {
    return scope.keep.length === 0 ? [] : ['scope tables', ...scope.keep.map((glob) => `keep ${glob}`)];
  }
  const { prefix, mark, jumps } = scope;
  const places = jumps.map((jump) => {
    const anchor = 'anchor' in jump ? ` ${jump.anchor}` : '';
    return `jump ${jump.table} ${jump.chain} ${jump.at}${anchor}`;
  });
  return ['scope chains', `prefix ${prefix}`, `mark ${mark}`, ...places];
}

function command(
  scripts: GatewayScripts,
  args: readonly string[],
  files: readonly PayloadFile[],
): RemoteCommand {
  return {
    program: scripts.boot,
    args,
    stdin: formatPayload(scripts.program, files),
    become: true,
    installed: {
      version: versionOf(scripts),
      // Few hosts have one: a large rule set is not put into words for nothing.
      get stdin() {
        return formatInstalledPayload(files);
      },
    },
  };
}

/** Nothing of the program travels again. */
function ofTransaction(scripts: GatewayScripts, args: readonly string[]): RemoteCommand {
  return {
    program: scripts.kept,
    args,
    become: true,
    installed: { version: versionOf(scripts), stdin: formatInstalledPayload([]) },
  };
}
