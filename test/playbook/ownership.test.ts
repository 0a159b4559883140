import { expect, test } from 'vitest';
import { findOwnershipConflicts, type Owned } from '../../src/playbook/ownership.ts';
import type { Family } from '../../src/ruleset/model.ts';
import { playOf } from './fleet.ts';

const play = (id: string) => playOf(`- { id: ${id}, hosts: all, rules: [{ template: x }] }`);

const owned = (id: string, host: string, family: Family, ...tables: string[]): Owned => ({
  play: play(id),
  host,
  rulesets: [{ family, tables }],
  sets: [],
  sysctls: [],
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

test('a set or a kernel parameter has one owner on a host, too', () => {
  const of = (id: string, host: string, sets: readonly string[], sysctls: readonly string[]): Owned => ({
    ...owned(id, host, 'ipv4'),
    sets: sets.map((name) => ({ name })),
    sysctls: sysctls.map((key) => ({ key })),
  });
  const problems = findOwnershipConflicts([
    of('a', 'gw1', ['blocked', 'filter'], ['net.ipv4.ip_forward']),
    of('b', 'gw1', ['blocked'], ['net.ipv4.ip_forward', 'net.ipv4.tcp_syncookies']),
    of('c', 'gw2', ['blocked'], ['net.ipv4.ip_forward']),
    { ...of('d', 'gw1', [], []), rulesets: [{ family: 'ipv4', tables: ['filter'] }] },
  ]);
  expect(problems.map(({ message, remedy }) => `${message} | ${remedy}`)).toEqual([
    'plays "a" (site.yml:1) and "b" would both own set blocked of gw1 | A set has one owner: create it in one play, or let the plays name different hosts.',
    'plays "a" (site.yml:1) and "b" would both own sysctl net.ipv4.ip_forward of gw1 | A kernel parameter has one owner: name it in one play, or let the plays name different hosts.',
  ]);
});
