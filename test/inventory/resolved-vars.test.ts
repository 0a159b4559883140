import { expect, it } from 'vitest';
import type { Host } from '../../src/inventory/model.ts';
import { resolvedVar, resolvedVars, resolveHost } from '../../src/inventory/resolved-vars.ts';
import { Unusable } from '../../src/unusable.ts';
import { inventoryOf } from './inventories.ts';

const inventory = inventoryOf(
  'gw1 a=1 b="{{ a }}" c="{{ nowhere }}" d="{{ b }}"\n192.0.2.7 short="{{ inventory_hostname_short }}"\n',
);
const hostOf = (name: string): Host => {
  const host = inventory.hosts.get(name);
  if (host === undefined) throw new Error(name);
  return host;
};

it('lists every name, and resolves each when it is read', () => {
  const { name, vars } = resolveHost(inventory, hostOf('gw1'));
  expect(name).toBe('gw1');
  expect(Object.keys(vars)).toEqual(['a', 'b', 'c', 'd']);
  expect(vars.b).toBe(1);
  expect(vars.d).toBe('1');
  expect(vars.c).toBeInstanceOf(Unusable);
  expect(vars.c).toBe(vars.c);
  expect(vars.constructor).toBeUndefined();
});

it('leaves the host as it is written', () => {
  resolveHost(inventory, hostOf('gw1'));
  expect(hostOf('gw1').vars.b).toBe('{{ a }}');
});

it('keeps an address whole in inventory_hostname_short', () => {
  expect(resolvedVar(inventory, hostOf('192.0.2.7'), 'short')).toBe('192.0.2.7');
});

it('reads what a play lays over, but takes none of it for a template', () => {
  const vars = resolvedVars(inventory, hostOf('gw1'), {
    play: { a: '{{ b }}', e: '{{ a }}' },
    extraVars: { f: '{{ a }}' },
  });
  expect([vars.a, vars.b, vars.e, vars.f]).toEqual(['{{ b }}', '{{ b }}', '{{ a }}', '{{ b }}']);
});
