import { expect, test } from 'vitest';
import { legOn, MAX_BACKENDS, MAX_GATEWAYS, planPlaces } from '../../src/lab/addresses.ts';

test('the largest lab has no address, MAC or name twice', () => {
  const places = planPlaces(MAX_GATEWAYS, MAX_BACKENDS);
  const legs = places.flatMap((place) => place.legs);
  for (const values of [
    places.map(({ name }) => name),
    legs.map(({ address }) => address),
    legs.map(({ address6 }) => address6),
    legs.map(({ mac }) => mac),
  ]) {
    expect(new Set(values).size).toBe(values.length);
  }
  expect(legs.every(({ address }) => address.split('.').every((part) => Number(part) <= 255))).toBe(true);
});

test('interface names of the fabric fit in the 15 characters that Linux allows', () => {
  const names = planPlaces(MAX_GATEWAYS, MAX_BACKENDS).map(({ name }) => `wan-${name}`);
  expect(names.filter((name) => name.length > 15)).toEqual([]);
});

test('gateways and the desk stand on both sides, everyone else on one', () => {
  const [controller, client, desk, gateway, backend] = planPlaces(1, 1);
  expect(controller?.legs.map(({ side }) => side)).toEqual(['wan']);
  expect(client?.legs.map(({ side }) => side)).toEqual(['wan']);
  expect(gateway?.legs.map(({ side, address }) => `${side} ${address}`)).toEqual([
    'wan 10.64.0.1',
    'lan 10.65.0.1',
  ]);
  expect(desk?.legs.map(({ side, address }) => `${side} ${address}`)).toEqual([
    'lan 10.65.255.250',
    'wan 10.64.255.3',
  ]);
  expect(backend?.legs.map(({ side, address6 }) => `${side} ${address6}`)).toEqual(['lan fd00:65::b:1']);
});

test('gateways are counted on from block to block, skipping .0', () => {
  const addresses = planPlaces(251, 1)
    .filter(({ kind }) => kind === 'gateway')
    .map((place) => legOn(place, 'wan').address);
  expect([addresses[249], addresses[250]]).toEqual(['10.64.0.250', '10.64.1.1']);
});
