import { expect, it } from 'vitest';
import { draftOf, placesOf } from './inventories.ts';

const YAML = 'all:\n  hosts:\n    h1:\n';

it.each([
  ['hosts', YAML],
  ['hosts', `# note\n\n${YAML}`],
  ['hosts', `---\n${YAML}`],
  ['hosts', '{"all": {"hosts": {"h1": {}}}}'],
  ['hosts', '"all": {hosts: {h1: }}\n'],
  ['hosts.yml', YAML],
  ['hosts.yaml', YAML],
  ['hosts.json', '{"all": {"hosts": {"h1": {}}}}'],
  ['hosts', 'h1\n'],
  ['hosts', '; note\nh1 a="b: c"\n'],
  ['hosts', '[web]\nh1\n'],
  ['hosts.ini', 'h1\n'],
  ['hosts.production', 'h1\n'],
  ['my.d/hosts', YAML],
])('reads %s with %j', (file, text) => {
  const draft = draftOf({ [file]: text });
  expect(draft.findings.problems).toEqual([]);
  expect([...draft.hosts.keys()]).toEqual(['h1']);
});

it.each([
  ['hosts.toml', '[web.hosts]\n', 'hosts.toml: inventory-format'],
  ['hosts.ini', YAML, 'hosts.ini:1 ini-host'],
])('refuses %s with %j', (file, text, problem) => {
  expect(placesOf(draftOf({ [file]: text }), 'problems')[0]).toBe(problem);
});
