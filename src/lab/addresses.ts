/** One of the two networks of a lab: clients and the controller are on the WAN, backends on the LAN, gateways on both. */
export type Side = 'wan' | 'lan';

/** A place's interface on one side; the interface is named after the side. */
export type Leg = {
  readonly side: Side;
  readonly address: string;
  readonly address6: string;
  readonly mac: string;
};

/** A network namespace of the lab. */
export type Place = {
  readonly name: string;
  readonly kind: 'controller' | 'client' | 'desk' | 'gateway' | 'backend';
  readonly legs: readonly Leg[];
};

/** The address plan has room for four full bridges of gateways (a Linux bridge has 1023 ports). */
export const MAX_GATEWAYS = 1000;
export const MAX_BACKENDS = 200;

export const PREFIX_LENGTH = 16;
export const PREFIX_LENGTH_6 = 64;

/**
 * Lays out a lab: WAN 10.64.0.0/16 and fd00:64::/64, LAN 10.65.0.0/16 and fd00:65::/64, the same in every lab.
 *
 * Nothing of a lab touches the machine's own network namespace, so that labs can't collide. MAC addresses are fixed
 * so that neighbours can be entered beforehand: the kernel's neighbour table is one for all namespaces, and 200 gateways
 * that resolve each other would overflow it.
 */
export function planPlaces(gateways: number, backends: number): readonly Place[] {
  return [
    { name: 'controller', kind: 'controller', legs: [leg('wan', 255, 1, 'c:1')] },
    { name: 'client', kind: 'client', legs: [leg('wan', 255, 2, 'c:2')] },
    { name: 'desk', kind: 'desk', legs: [leg('lan', 255, 250, 'd:1'), leg('wan', 255, 3, 'd:1')] },
    ...counted(gateways, (number): Place => {
      const block = Math.floor((number - 1) / 250);
      const low = ((number - 1) % 250) + 1;
      const suffix = number.toString(16);
      const legs = [leg('wan', block, low, suffix), leg('lan', block, low, suffix)];
      return { name: `gw${number}`, kind: 'gateway', legs };
    }),
    ...counted(backends, (number): Place => {
      return {
        name: `b${number}`,
        kind: 'backend',
        legs: [leg('lan', 255, number, `b:${number.toString(16)}`)],
      };
    }),
  ];
}

/** The leg on a side; throws when the place has none there. */
export function legOn(place: Place, side: Side): Leg {
  const found = place.legs.find((leg) => leg.side === side);
  if (found === undefined) throw new Error(`${place.name} has no leg on the ${side} side`);
  return found;
}

function leg(side: Side, block: number, low: number, suffix6: string): Leg {
  const net = side === 'wan' ? 64 : 65;
  return {
    side,
    address: `10.${net}.${block}.${low}`,
    address6: `fd00:${net}::${suffix6}`,
    mac: ['02', '00', '00', hex(net), hex(block), hex(low)].join(':'),
  };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function counted<T>(count: number, make: (number: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
