import { expect, it } from 'vitest';
import { TemplatePlaces } from '../../src/inventory/template-places.ts';

const host = { name: 'gw1', groups: ['core', 'edge'] };

it('finds who wrote just this text: the host, one of its groups, or all', () => {
  const places = new TemplatePlaces();
  places.note('all', 'x', '{{ a }}', { file: 'hosts', line: 1 });
  places.note('edge', 'x', '{{ b }}', { file: 'hosts', line: 2 });
  places.note('gw1', 'x', '{{ c }}', { file: 'hosts', line: 3 });
  places.note('gw1', 'x', '{{ d }}', { file: 'host_vars/gw1.yml', line: 4 });
  places.note('other', 'x', '{{ e }}', { file: 'hosts', line: 5 });
  const lineOf = (text: string) => places.find(host, 'x', text)?.line;
  expect(['{{ a }}', '{{ b }}', '{{ c }}', '{{ d }}', '{{ e }}'].map(lineOf)).toEqual([
    1,
    2,
    3,
    4,
    undefined,
  ]);
});

it('notes templates alone', () => {
  const places = new TemplatePlaces();
  places.note('gw1', 'x', 'plain', { file: 'hosts', line: 1 });
  expect(places.find(host, 'x', 'plain')).toBeUndefined();
});
