import { expect, test } from 'vitest';
import { findOwnershipConflicts, type Owned } from '../../src/playbook/ownership.ts';
import type { Family } from '../../src/ruleset/model.ts';
import { playOf } from './fleet.ts';

const play = (id: string) => playOf(`- { id: ${id}, hosts: all, rules: [{ template: x }] }`);

const owned = (id: string, host: string, family: Family, ...tables: string[]): Owned => ({
  play: play(id),
  host,
  rulesets: [{ family, text: '', tables, sources: [] }],
});

test('two plays with one table of one host conflict: one problem a pair and table, with the hosts', () => {
  const hosts = ['gw1', 'gw2', 'gw3', 'gw4', 'gw5'];
  const problems = findOwnershipConflicts([
    ...hosts.map((host) => owned('base', host, 'ipv4', 'filter', 'nat')),
    ...hosts.map((host) => owned('lb', host, 'ipv4', 'nat', 'mangle')),
  ]);
  expect(problems).toEqual([
    {
      code: 'ownership-conflict',
      file: 'site.yml',
      line: 1,
      message: 'plays "base" (site.yml:1) and "lb" would both own table ipv4 nat of gw1, gw2, gw3 and 2 more',
      remedy: 'A table has one owner: put the rules into one play, or let the plays name different hosts.',
    },
  ]);
});

test('other hosts, other families and other tables are no conflict', () => {
  expect(
    findOwnershipConflicts([
      owned('a', 'gw1', 'ipv4', 'filter'),
      owned('b', 'gw2', 'ipv4', 'filter'),
      owned('c', 'gw1', 'ipv6', 'filter'),
      owned('d', 'gw1', 'ipv4', 'nat'),
    ]),
  ).toEqual([]);
});
