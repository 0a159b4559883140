import type { VantageHosts } from '../../../checks/run.ts';
import { hostsIn } from '../../../playbook/host-views.ts';
import type { Pool } from '../../../playbook/pools.ts';
import { parseNetwork } from '../../../ruleset/canonical/addresses.ts';
import type { Load } from '../../../watch/weights.ts';
import type { WatchedPlay } from './watched.ts';

/** What a gateway counts, or why nobody knows. */
export type Counted =
  | { readonly kind: 'counted'; readonly loads: readonly Load[] }
  | { readonly kind: 'unknown'; readonly seen: string };

/** How long a gateway may take to count. */
const COUNTING_MS = 20_000;

/** Counts the connections that one gateway has to each backend of a pool that is in its rules. */
export async function countConnections(
  watched: Pick<WatchedPlay, 'play' | 'inventory'>,
  pool: Pool,
  gateway: string,
  isIn: (backend: string) => boolean,
  hosts: VantageHosts,
  signal: AbortSignal,
): Promise<Counted> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(COUNTING_MS)]);
  const dialled = await hosts.dial(gateway, within);
  if (dialled.kind === 'unreachable') return { kind: 'unknown', seen: dialled.problem.message };
  const result = await dialled.remote.run({ program: COUNT, become: true }, within);
  if (result.kind !== 'exited') {
    hosts.lost(gateway, dialled.remote);
    return { kind: 'unknown', seen: result.kind === 'lost' ? result.reason : `killed by ${result.signal}` };
  }
  if (result.code !== 0)
    return {
      kind: 'unknown',
      seen: `its connections can't be counted: it needs /proc/net/nf_conntrack, or conntrack, and root (exit ${result.code})`,
    };
  return { kind: 'counted', loads: loadsOf(watched, pool, isIn, countsIn(result.stdout)) };
}

/** By the address that answers, as iptables writes it. */
export function countsIn(stdout: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of stdout.split('\n')) {
    const [, count, text = ''] = /^\s*(\d+) (\S+)$/.exec(line) ?? [];
    const address = parseNetwork(text, text.includes(':') ? 'ipv6' : 'ipv4')?.address;
    if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + Number(count));
  }
  return counts;
}

function loadsOf(
  { play, inventory }: Pick<WatchedPlay, 'play' | 'inventory'>,
  { pool, members }: Pool,
  isIn: (backend: string) => boolean,
  counts: ReadonlyMap<string, number>,
): readonly Load[] {
  const views = play.families.flatMap((family) =>
    hostsIn(
      inventory,
      family,
    )(pool.hosts).map((view) => ({
      family,
      ...(view as { readonly name: string; readonly address: unknown; readonly vars: unknown }),
    })),
  );
  return members
    .map(({ host }) => host.name)
    .filter(isIn)
    .map((name) => {
      const own = views.filter((view) => view.name === name);
      const addresses = own.flatMap(({ address, family }) =>
        typeof address === 'string' ? (parseNetwork(address, family)?.address ?? []) : [],
      );
      const connections = [...new Set(addresses)].reduce((sum, one) => sum + (counts.get(one) ?? 0), 0);
      return { name, weight: weightOf(own[0]?.vars), connections };
    });
}

/** What the inventory says; 1 where it says nothing that is a whole number. */
function weightOf(vars: unknown): number {
  const { weight } = (vars ?? {}) as { readonly weight?: unknown };
  return /^\d+$/.test(String(weight)) ? Number(weight) : 1;
}

/** Established TCP connections that a DNAT rule sent elsewhere, by who answers. The kernel's own file costs no process. */
const COUNT = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
if [ -r /proc/net/nf_conntrack ]; then cat /proc/net/nf_conntrack
elif command -v conntrack >/dev/null; then
  conntrack -L -p tcp 2>/dev/null || exit 1
  conntrack -L -f ipv6 -p tcp 2>/dev/null
else exit 3
fi | awk '
  !/ ESTABLISHED / { next }
  {
    sources = 0; dst = ""; answers = ""
    for (i = 1; i <= NF; i++) {
      if ($i ~ /^dst=/ && dst == "") dst = substr($i, 5)
      if ($i ~ /^src=/ && ++sources == 2) answers = substr($i, 5)
    }
    if (answers != "" && answers != dst) count[answers]++
  }
  END { for (one in count) print count[one], one }'
`;
