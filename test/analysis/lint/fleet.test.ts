import { expect, test } from 'vitest';
import { createFleetLint } from '../../../src/analysis/lint/fleet.ts';
import type { Surroundings } from '../../../src/analysis/lint/model.ts';
import type { Family } from '../../../src/ruleset/model.ts';

const RULES = [
  '*nat',
  '-A PREROUTING -d 198.51.100.1 -p tcp --dport 22 -j DNAT --to-destination 10.0.0.5',
  'COMMIT',
  '*filter',
  ':INPUT DROP [0:0]',
  '-A INPUT -i lo -j ACCEPT',
  '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
  '-A INPUT -p tcp --dport 22 -j ACCEPT',
  'COMMIT',
];

const rendered = (rules: readonly string[] = RULES, template = 'a.rules.hbs', family: Family = 'ipv4') => ({
  family,
  text: `${rules.join('\n')}\n`,
  sources: rules.map((rule, at) => (/^[-:]/.test(rule) ? { template, line: at + 1 } : undefined)),
});

const at = (address: string, port = 22): Surroundings => ({ management: { addresses: [address], port } });

/** Ids, their files and hosts, of gateways that are looked at one after the other. */
function toldOf(
  ...gateways: readonly (readonly [ReturnType<typeof rendered>, Surroundings])[]
): readonly string[] {
  const fleet = createFleetLint();
  for (const [index, [ruleset, around]] of gateways.entries()) fleet.add(`gw${index + 1}`, ruleset, around);
  return fleet.findings().map(({ id, place, hosts }) => `${id} ${place.file} ${hosts.join(' ')}`);
}

test('gateways with the same rules share what is found, each for its own addresses', () => {
  const [other, own] = [at('198.51.100.7'), at('198.51.100.1')];
  expect(toldOf([rendered(), other], [rendered(), own], [rendered(), other])).toEqual(['N1 a.rules.hbs gw2']);
  expect(toldOf([rendered(), own], [rendered(), own])).toEqual(['N1 a.rules.hbs gw1 gw2']);
});

test('the same rules under other conditions are looked at anew', () => {
  expect(toldOf([rendered(), at('198.51.100.7')], [rendered(), at('198.51.100.7', 2222)])).toEqual([
    'F9 a.rules.hbs gw2',
    'F1 a.rules.hbs gw2',
  ]);
  const shut = ['*filter', ':INPUT DROP [0:0]', 'COMMIT'];
  const ipv6 = rendered(shut, 'a.rules.hbs', 'ipv6');
  expect(toldOf([ipv6, at('198.51.100.7')], [ipv6, at('2001:db8::7')])).toEqual(['F9 a.rules.hbs gw2']);
  expect(toldOf([rendered(shut), at('198.51.100.7')], [ipv6, at('198.51.100.7')])).toEqual([
    'F9 a.rules.hbs gw1',
  ]);
  const off = { ...at('198.51.100.7'), isForwarding: false };
  expect(toldOf([rendered(), at('198.51.100.7')], [rendered(), off])).toEqual(['F8 a.rules.hbs gw2']);
  expect(toldOf([rendered(shut), { isPartial: true }], [rendered(shut), {}])).toEqual(['F9 a.rules.hbs gw2']);
});

test('the same rules of two templates are told of both', () => {
  const own = at('198.51.100.1');
  expect(toldOf([rendered(), own], [rendered(RULES, 'b.rules.hbs'), own])).toEqual([
    'N1 a.rules.hbs gw1',
    'N1 b.rules.hbs gw2',
  ]);
});

test('more kinds of gateways than stay in memory', () => {
  const own = at('198.51.100.1');
  const kinds = Array.from({ length: 12 }, (_, kind) =>
    rendered(RULES, `${String(kind).padStart(2, '0')}.rules.hbs`),
  );
  const twice = [...kinds, ...kinds].map((ruleset) => [ruleset, own] as const);
  expect(toldOf(...twice)).toEqual(
    kinds.map((_, kind) => `N1 ${String(kind).padStart(2, '0')}.rules.hbs gw${kind + 1} gw${kind + 13}`),
  );
});
