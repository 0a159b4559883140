import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effort, withoutAnsible } from './ansible.ts';
import { type Case, compareWithAnsible } from './compare.ts';

const hostEntry = fc.constantFrom(
  'gw1',
  'gw2',
  'gw[01:03]',
  'db-[a:c].example.com',
  'n[1:9:4]-x',
  '192.0.2.7',
  '2001:db8::7',
  'gw1:2222',
  '[2001:db8::8]:22',
  'gw[3:1]',
);
const groups: readonly string[] = ['edge', 'core', 'dc1', 'dc2', 'live'];
const name = fc.constantFrom('a', 'b', 'c', 'ansible_port', 'ansible_host', 'tags');

/** As they stand in an INI file: Python literals, what only looks like one, quotes, comments, templates. */
const iniValue = fc.constantFrom(
  '5',
  '-7',
  '007',
  '0x1f',
  '1_000',
  '1.5',
  '1e3',
  'True',
  'true',
  'None',
  'none',
  '""',
  "''",
  'text',
  "'quoted'",
  '"it\'s"',
  '[1,2]',
  "['a','b']",
  "{'k':1}",
  '(1,2)',
  '80,443',
  '"a b"',
  'a=b',
  'C:\\\\x',
  '{{x}}',
  '10.0.0.1',
  '2001:db8::1',
  '1:30',
  'yes',
  'é',
  '"#x"',
  '12345',
);
const iniVarsOnly = fc.constantFrom(
  'a b',
  'x # y',
  "['a', 'b']",
  "{'k': [1, {'j': None}]}",
  ' spaced ',
  '{{ x }}',
  '',
);

const iniAssignments = fc
  .array(fc.tuple(name, iniValue), { maxLength: 3 })
  .map((pairs) => pairs.map(([key, value]) => ` ${key}=${value}`).join(''));
const iniHosts = fc
  .array(fc.tuple(hostEntry, iniAssignments), { maxLength: 4 })
  .map((hosts) => hosts.map((parts) => parts.join('')));
const iniVars = fc
  .array(fc.tuple(name, fc.oneof(iniValue, iniVarsOnly)), { maxLength: 3 })
  .map((pairs) => pairs.map(([key, value]) => `${key} = ${value}`));
const priority = fc.option(fc.integer({ min: -1, max: 12 }), { nil: undefined, freq: 3 });

const ini = fc
  .record({
    ungrouped: iniHosts,
    groups: fc.dictionary(
      fc.constantFrom(...groups),
      fc.record({
        hosts: iniHosts,
        vars: iniVars,
        children: fc.subarray([...groups], { maxLength: 2 }),
        priority,
      }),
    ),
    all: iniVars,
  })
  .map((file) => {
    const present = Object.entries(file.groups);
    return [
      ...file.ungrouped,
      ...present.flatMap(([group, { hosts }]) => [`[${group}]`, ...hosts, '; a comment']),
      ...present.flatMap(([group, { vars, priority: rank }]) => [
        `[${group}:vars]`,
        ...vars,
        ...(rank === undefined ? [] : [`ansible_group_priority=${rank}`]),
      ]),
      // Children come later in the list than their parents, so that no circle closes.
      ...present.flatMap(([group, { children }]) => [
        `[${group}:children]`,
        ...children.filter((child) => groups.indexOf(child) > groups.indexOf(group) && child in file.groups),
      ]),
      ...(file.all.length === 0 ? [] : ['[all:vars]', ...file.all]),
      '',
    ].join('\n');
  });

/** As they stand in YAML, plain: what YAML 1.1 makes of each is half of the test. */
const yamlValue = fc.constantFrom(
  '5',
  '-7',
  '0644',
  '0x1f',
  '0b11',
  '1_000',
  '1.5',
  '.5',
  '1e3',
  '1.0e+3',
  'yes',
  'No',
  'on',
  'True',
  '~',
  'null',
  '""',
  "'5'",
  '"a\\tb"',
  'text',
  'a b',
  '[1, two, yes]',
  '{k: 1, on: off}',
  '1:30',
  '12:30:45',
  '10.0.0.1',
  '2001:db8::1',
  "'{{ x }}'",
  '"{{ x }}-y"',
  'é',
  '|\n%  line one\n%  line two\n',
  '>-\n%  folded\n%  text\n',
  '!!str 5',
  '+12',
);
const yamlVars = fc.dictionary(name, yamlValue, { maxKeys: 4 });
const lines = (vars: Readonly<Record<string, string>>, indent: string) =>
  Object.entries(vars).map(
    ([key, value]) => `${indent}${key}: ${value.replaceAll('%', indent).replace(/\n$/, '')}`,
  );

const yaml = fc
  .record({
    hosts: fc.dictionary(hostEntry, yamlVars, { maxKeys: 3 }),
    vars: yamlVars,
    groups: fc.dictionary(
      fc.constantFrom(...groups),
      fc.record({
        hosts: fc.dictionary(hostEntry, yamlVars, { maxKeys: 3 }),
        vars: yamlVars,
        priority,
        inner: fc.constantFrom(...groups),
      }),
    ),
  })
  .map((file) => {
    const hostLines = (hosts: Readonly<Record<string, Readonly<Record<string, string>>>>, indent: string) =>
      Object.keys(hosts).length === 0
        ? []
        : [
            `${indent}hosts:`,
            ...Object.entries(hosts).flatMap(([host, vars]) => [
              `${indent}  "${host}":`,
              ...lines(vars, `${indent}    `),
            ]),
          ];
    const varLines = (vars: Readonly<Record<string, string>>, indent: string) =>
      Object.keys(vars).length === 0 ? [] : [`${indent}vars:`, ...lines(vars, `${indent}  `)];
    const children = Object.entries(file.groups).flatMap(([group, one]) => [
      `    ${group}:`,
      ...hostLines(one.hosts, '      '),
      ...varLines(
        one.priority === undefined ? one.vars : { ...one.vars, ansible_group_priority: String(one.priority) },
        '      ',
      ),
      ...(groups.indexOf(one.inner) > groups.indexOf(group)
        ? ['      children:', `        ${one.inner}:`]
        : []),
    ]);
    return [
      'all:',
      ...hostLines(file.hosts, '  '),
      ...varLines(file.vars, '  '),
      ...(children.length === 0 ? [] : ['  children:', ...children]),
      '',
    ].join('\n');
  });

const varsFile = fc
  .dictionary(name, yamlValue, { maxKeys: 3 })
  .map((vars) => ['---', ...lines(vars, ''), ''].join('\n'));
const varsFiles = fc.dictionary(
  fc.constantFrom(
    'group_vars/all.yml',
    'group_vars/edge.yml',
    'group_vars/core',
    'group_vars/core.yaml',
    'group_vars/dc1/a.yml',
    'group_vars/dc1/b.yml',
    'group_vars/ungrouped.yml',
    'host_vars/gw1.yml',
    'host_vars/gw01.yml',
    'host_vars/192.0.2.7.yml',
  ),
  varsFile,
  { maxKeys: 4 },
);

const project: fc.Arbitrary<Case> = fc.oneof(
  fc.tuple(ini, varsFiles).map(([text, files]) => ({ files: { ...files, hosts: text }, sources: ['hosts'] })),
  fc
    .tuple(yaml, varsFiles)
    .map(([text, files]) => ({ files: { ...files, 'hosts.yml': text }, sources: ['hosts.yml'] })),
  fc.tuple(ini, yaml, varsFiles).map(([one, two, files]) => ({
    files: { ...files, '1-hosts': one, '2-hosts.yml': two },
    sources: ['.'],
  })),
  fc.tuple(yaml, ini, varsFiles).map(([one, two, files]) => ({
    files: { ...files, 'x.yml': one, 'y/hosts': two },
    sources: ['y/hosts', 'x.yml'],
  })),
);

describe.skipIf(withoutAnsible !== undefined)(
  `Ansible${withoutAnsible === undefined ? '' : ` (SKIPPED: ${withoutAnsible})`}`,
  () => {
    it('lists generated inventories as we do', { timeout: 600_000 }, async () => {
      const cases = fc.sample(project, { numRuns: 150 * effort, seed: 9 });
      const { different, read } = await compareWithAnsible(cases);
      expect(different.slice(0, 5)).toEqual([]);
      expect(read).toBeGreaterThan(cases.length / 2);
    });
  },
);
