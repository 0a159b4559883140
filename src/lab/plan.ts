import type { Problem } from '../problem.ts';
import { legOn, MAX_BACKENDS, MAX_GATEWAYS, type Place, planPlaces, type Side } from './addresses.ts';
import type { Backend, LabUser } from './etc.ts';
import type { LabBackend, LabDesk, LabGateway } from './lab.ts';

/** What a lab shall be made of. */
export type LabShape = {
  readonly gateways: number;
  /** How many web servers stand on the LAN; default 3. */
  readonly backends?: number;
  /** The engine behind iptables; `alternate` (the default): odd gateways nft, even ones legacy. */
  readonly backend?: Backend | 'alternate';
  /** What the inventory logs in as; default root. Both logins work in any case. */
  readonly user?: LabUser;
};

/** Everything that a lab is made of, before any of it stands. */
export type LabPlan = {
  readonly id: string;
  readonly user: LabUser;
  readonly places: readonly Place[];
  readonly gateways: readonly LabGateway[];
  readonly desk: LabDesk;
  readonly backends: readonly LabBackend[];
};

/** Plans a lab; the shape must be without problems. */
export function planLab(
  id: string,
  { gateways, backends = 3, backend = 'alternate', user = 'root' }: LabShape,
): LabPlan {
  const places = planPlaces(gateways, backends);
  const engineOf = (index: number) =>
    backend === 'alternate' ? (index % 2 === 0 ? 'nft' : 'legacy') : backend;
  return {
    id,
    user,
    places,
    gateways: places
      .filter(({ kind }) => kind === 'gateway')
      .map((place, index) => {
        const lan = legOn(place, 'lan');
        return {
          ...nameAndAddress(place, 'wan'),
          lanAddress: lan.address,
          lanAddress6: lan.address6,
          backend: engineOf(index),
        };
      }),
    desk: { ...planDesk(places), backend: engineOf(0) },
    backends: places.filter(({ kind }) => kind === 'backend').map((place) => nameAndAddress(place, 'lan')),
  };
}

function planDesk(places: readonly Place[]): Omit<LabDesk, 'backend'> {
  const place = places.find(({ kind }) => kind === 'desk');
  if (place === undefined) throw new Error('a lab has a desk');
  return { ...nameAndAddress(place, 'lan'), sideAddress: legOn(place, 'wan').address };
}

function nameAndAddress(place: Place, side: Side) {
  const { address, address6 } = legOn(place, side);
  return { name: place.name, address, address6 };
}

/** What stands in the way of a lab of this shape, whatever the machine. */
export function shapeProblems({ gateways, backends = 3 }: LabShape): readonly Problem[] {
  return [
    ...countProblems('gateways', gateways, MAX_GATEWAYS),
    ...countProblems('backends', backends, MAX_BACKENDS),
  ];
}

function countProblems(what: string, count: number, most: number): readonly Problem[] {
  if (Number.isInteger(count) && count >= 1 && count <= most) return [];
  const message = `A lab can't have ${count} ${what}.`;
  return [{ code: 'lab-size', message, remedy: `Choose a whole number from 1 to ${most}.` }];
}
