import { downLab } from '../../src/lab/down.ts';
import type { Backend } from '../../src/lab/etc.ts';
import type { Lab, LabBackend, LabGateway } from '../../src/lab/lab.ts';
import { upLab } from '../../src/lab/up.ts';
import type { RenderedPlay } from '../../src/playbook/render.ts';
import { type Agent, type Outcome, startAgent } from './agent.ts';
import { type Changes, render } from './render.ts';

/** Clients `client` and `controller` stand on the WAN, `neighbour` on the LAN beside the backends. */
export type PlaceName = 'client' | 'controller' | 'neighbour' | 'gw1' | 'b1' | 'b2' | 'b3';

export type Attempts = {
  /** Default 1. */
  readonly count?: number;
  /** Default 16. With 1 they come in order, each after the end of the one before. */
  readonly atOnce?: number;
  /** The client's own addresses, used in turn. Default: what routing chooses. */
  readonly sources?: readonly string[];
  /** The port to ask from, of a single attempt. */
  readonly sourcePort?: number;
  /** How long to wait for anything at all. Default 20 s: more than any load delays. `BRIEF` where silence is what is expected. */
  readonly patienceMs?: number;
  readonly isUdp?: boolean;
  /** Opens the connection and says nothing; it stays open until `release`. */
  readonly isHeld?: boolean;
};

/** Long enough for an answer in a lab, short enough to wait for in vain. */
export const BRIEF = 700;

/** One gateway between a WAN with clients and a LAN with backends, whose rules are replaced one recipe after the other. */
export type World = {
  readonly lab: Lab;
  readonly gateway: LabGateway;
  /** b1, b2, b3. */
  readonly backends: readonly LabBackend[];
  /** On the LAN, in the same network as the backends: not one of them. */
  readonly neighbour: LabBackend;
  /** Addresses of `client` beside its usual one, 64 of each family. */
  readonly clients: readonly string[];
  readonly clients6: readonly string[];
  /**
   * Renders a play for the gateway and loads it in the place of everything: rules of both families, sets, kernel parameters. The
   * connections of before are forgotten.
   *
   * @param playbook a name in playbooks/, or one play, as a playbook would give it
   */
  load(playbook: string | object, changes?: Changes): Promise<void>;
  /** Opens connections and tells what became of each, in order. */
  connect(from: PlaceName, host: string, port: number, attempts?: Attempts): Promise<readonly Outcome[]>;
  /** Answers at a port of a place, TCP and UDP, with the place's name. */
  listen(at: PlaceName, host: string, port: number): Promise<void>;
  /** Ends the connections that `isHeld` kept open. */
  release(at: PlaceName): Promise<void>;
  /** Runs sh text at a place; rejects when it fails. */
  sh(at: PlaceName, text: string, stdin?: string): Promise<string>;
  /** How many packets each rule of a family has seen: `iptables-save -c`, the rules alone, by their text. */
  counters(family?: 'ipv4' | 'ipv6'): Promise<readonly Counted[]>;
  down(): Promise<void>;
};

export type Counted = { readonly table: string; readonly rule: string; readonly packets: number };

/** Text of a template for one family alone. */
export function onlyIpv4(text: string): string {
  return `{{#ipv4}}\n${text}{{/ipv4}}\n`;
}

/** Boots a world whose gateway's iptables is of one kind. Takes seconds: one for all recipes of a file. */
export async function createWorld(backend: Backend): Promise<World> {
  const lab = await upLab({ gateways: 1, backends: 4, backend });
  const [gateway] = lab.gateways;
  const [b1, b2, b3, neighbour] = lab.backends;
  if (!gateway || !b1 || !b2 || !b3 || !neighbour) throw new Error('the lab is too small');
  const agents = new Map<PlaceName, Agent>();
  const inLab = (at: PlaceName) => (at === 'neighbour' ? neighbour.name : at);
  const agentAt = (at: PlaceName) => {
    const agent = agents.get(at) ?? startAgent(lab, inLab(at), at);
    agents.set(at, agent);
    return agent;
  };
  const sh = async (at: PlaceName, text: string, stdin = '') => {
    const { code, stdout, stderr } = await lab.exec(inLab(at), ['sh', '-c', text], { stdin });
    if (code !== 0) throw new Error(`${at}: ${text}: ${code}: ${stderr}`);
    return stdout;
  };
  const clients = range(64).map((number) => `10.64.254.${number}`);
  const clients6 = range(64).map((number) => `fd00:64::e:${number.toString(16)}`);
  const network = [
    ...clients.map((one) => `addr add ${one}/16 dev wan`),
    ...clients6.map((one) => `addr add ${one}/64 dev wan nodad`),
    // Who isn't translated is to be seen as what it is, not to stay without an answer.
    `route add 10.65.0.0/16 via ${gateway.address}`,
    `route add fd00:65::/64 via ${gateway.address6}`,
  ];
  await sh('client', 'ip -batch -', lines(network));
  // A gateway that forgets its connections gives their ports to others at once: backends that still wait for the last packet of the
  // one before would refuse the new one, and its second try counts as one more in turn.
  for (const place of ['b1', 'b2', 'b3'] as const)
    await sh(place, 'sysctl -q -w net.ipv4.tcp_max_tw_buckets=0');
  // What it asks its neighbours by, when a packet of somebody else is to go there.
  await sh('gw1', 'ip addr add fe80::1/64 dev wan nodad');
  return {
    lab,
    gateway,
    backends: [b1, b2, b3],
    neighbour,
    clients,
    clients6,
    sh,
    load: async (playbook, changes = {}) => {
      await sh(
        'gw1',
        LOAD,
        formatState(
          await render(lab.inventoryFile, playbook, {
            ...changes,
            vars: { backends: 'backends:!b4', ...changes.vars },
          }),
        ),
      );
    },
    connect: async (
      from,
      host,
      port,
      { count = 1, atOnce = 16, sources = [], patienceMs = 20_000, ...how } = {},
    ) => {
      const command = {
        host,
        port,
        count,
        atOnce,
        sources: sources.length === 0 ? [null] : sources,
        patienceMs,
        ...how,
      };
      return (await agentAt(from).run('connect', command)) as readonly Outcome[];
    },
    listen: async (at, host, port) => void (await agentAt(at).run('listen', { host, port })),
    release: async (at) => void (await agentAt(at).run('release', {})),
    counters: async (family = 'ipv4') =>
      readCounters(await sh('gw1', family === 'ipv4' ? 'iptables-save -c' : 'ip6tables-save -c')),
    down: async () => {
      for (const agent of agents.values()) agent.stop();
      await downLab(lab.id);
    },
  };
}

/** What the gateway's shell reads: a line that says what comes, then as many lines of it. */
function formatState(plays: readonly RenderedPlay[]): string {
  const rulesets = plays.flatMap(({ rulesets }) => rulesets);
  const texts = (family: string) =>
    rulesets.filter((ruleset) => ruleset.family === family).map(({ text }) => text);
  const sets = plays.flatMap(({ sets }) => sets.flatMap(({ create, members }) => [create, ...members]));
  const sysctls = plays.flatMap(({ sysctls }) => sysctls.map(({ key, value }) => `${key} = ${value}`));
  const files = {
    ipsets: lines(sets),
    ipv4: texts('ipv4').join(''),
    ipv6: texts('ipv6').join(''),
    sysctls: lines(sysctls),
  };
  return Object.entries(files)
    .map(([name, text]) => `cat >/tmp/${name} <<'END'\n${text}END\n`)
    .join('');
}

/** Everything of before goes first: a rule that a recipe doesn't have mustn't stay. */
const LOAD = `set -e
cd /tmp
cat >state
. ./state
printf '*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*security\nCOMMIT\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n' >empty
iptables-restore <empty
ip6tables-restore <empty
ipset destroy
ipset restore <ipsets
iptables-restore --noflush <ipv4
ip6tables-restore --noflush <ipv6
sysctl -q -p sysctls
conntrack -F 2>/dev/null
`;

function readCounters(saved: string): readonly Counted[] {
  let table = '';
  return saved.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    const [, packets, rule] = /^\[(\d+):\d+\] (-A .*)$/.exec(line) ?? [];
    return rule === undefined ? [] : [{ table, rule: rule.trim(), packets: Number(packets) }];
  });
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
