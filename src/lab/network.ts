import { type Leg, legOn, type Place, PREFIX_LENGTH, PREFIX_LENGTH_6, type Side } from './addresses.ts';

const SIDES: readonly Side[] = ['wan', 'lan'];

/**
 * Formats the `ip -batch` text that makes every namespace, both bridges and all cables; it runs in the fabric namespace.
 * The far ends of the cables are made directly inside their namespaces.
 */
export function formatFabric(places: readonly Place[]): string {
  const lines = [
    'link set lo up',
    ...places.map(({ name }) => `netns add ${name}`),
    ...SIDES.flatMap((side) => [
      `link add ${side} type bridge forward_delay 0 mcast_snooping 0`,
      `link set ${side} addrgenmode none`,
      `link set ${side} up`,
    ]),
    ...places.flatMap(({ name, legs }) =>
      legs.flatMap(({ side, mac }) => {
        const port = `${side}-${name}`;
        return [
          `link add ${port} type veth peer name ${side} address ${mac} netns ${name}`,
          `link set ${port} addrgenmode none`,
          `link set ${port} master ${side} up`,
        ];
      }),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Formats the `ip -batch` text that runs inside one place: its addresses, and everyone it talks with as a permanent
 * neighbour. No link-local addresses are made: their multicast alone would be N² packets in a lab of N gateways.
 */
export function formatPlaceNetwork(place: Place, places: readonly Place[]): string {
  const lines = [
    'link set lo up',
    ...place.legs.flatMap((leg) => formatLeg(leg, place, places)),
    ...(place.kind === 'backend' || place.kind === 'desk' ? formatWayOut(places) : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Who stands in the LAN reaches the WAN through the first gateway: only through that one can they see who really asks. */
function formatWayOut(places: readonly Place[]): readonly string[] {
  const gateway = places.find(({ kind }) => kind === 'gateway');
  if (gateway === undefined) return [];
  const { address, address6 } = legOn(gateway, 'lan');
  return [`route add default via ${address}`, `route add default via ${address6}`];
}

function formatLeg(leg: Leg, place: Place, places: readonly Place[]): readonly string[] {
  const { side } = leg;
  const neighbours = places
    .filter((other) => other.legs.some((leg) => leg.side === side) && doTalk(place, other, side))
    .map((other) => legOn(other, side));
  return [
    `link set ${side} addrgenmode none`,
    ...(place.kind === 'desk' && side === 'wan' ? formatSideLeg(leg, neighbours) : formatAddresses(leg)),
    ...neighbours.flatMap((leg) => [
      `neigh replace ${leg.address} lladdr ${leg.mac} dev ${side} nud permanent`,
      `neigh replace ${leg.address6} lladdr ${leg.mac} dev ${side} nud permanent`,
    ]),
  ];
}

/** Gateways don't among each other, and on the WAN side nobody but the controller does with the desk. */
function doTalk(one: Place, other: Place, side: Side): boolean {
  const kinds = [one.kind, other.kind];
  if (one === other || kinds.every((kind) => kind === 'gateway')) return false;
  return side === 'lan' || !kinds.includes('desk') || kinds.includes('controller');
}

function formatAddresses({ side, address, address6 }: Leg): readonly string[] {
  return [
    `addr add ${address}/${PREFIX_LENGTH} brd + dev ${side}`,
    `addr add ${address6}/${PREFIX_LENGTH_6} dev ${side} nodad`,
    `link set ${side} up`,
  ];
}

/** An address without a network: only who is named is reached here, everybody else through a gateway. */
function formatSideLeg({ side, address }: Leg, neighbours: readonly Leg[]): readonly string[] {
  return [
    `addr add ${address}/32 dev ${side}`,
    `link set ${side} up`,
    ...neighbours.map((leg) => `route add ${leg.address}/32 dev ${side}`),
  ];
}
