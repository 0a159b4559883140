import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProject } from './project.ts';

type Files = Readonly<Record<string, string>>;

const play = (template: string, more = '') =>
  `- id: edge\n  hosts: edge\n  rules: [{ template: ${template} }]\n${more}`;
const rule = (text: string) => `*filter\n# of the edge\n${text}\nCOMMIT\n`;
const LOCAL = '[all:vars]\nansible_host=127.0.0.1\nansible_port=1\n';
const GOOD: Files = {
  inventory: `[edge]\ngw1\ngw2\n${LOCAL}`,
  'site.yml': play('a.hbs'),
  'templates/a.hbs': rule('-A INPUT -i lo -j ACCEPT'),
};

/** What apply says of a project that it can't run: on stderr alone, with exit code 1, before it keeps or dials anything. */
async function complaintOf(files: Files, ...words: string[]): Promise<string> {
  const project = createProject({ ...GOOD, ...files });
  try {
    for (const name of Object.keys(files).filter((one) => one.endsWith('.sh'))) {
      chmodSync(join(project.folder, name), 0o755);
    }
    const { code, stdout, stderr } = await project.sluice('apply', ...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(existsSync(join(project.folder, '.sluice/runs'))).toBe(false);
    return stderr.replaceAll(`${project.folder}/`, '');
  } finally {
    project.remove();
  }
}

const SITE = ['-i', 'inventory', 'site.yml'];

describe.concurrent('a playbook', () => {
  const site = (text: string) => complaintOf({ 'site.yml': text }, ...SITE);

  test('that is not there', async () => {
    expect(await complaintOf({}, '-i', 'inventory', 'sight.yml')).toBe(
      'sight.yml: there is no such playbook\n    Name a YAML file that you may read.\n',
    );
  });

  test('that is a folder', async () => {
    expect(await complaintOf({}, '-i', 'inventory', 'templates')).toContain(
      'templates: this is a folder, not a playbook\n',
    );
  });

  test('that is no YAML', async () => {
    expect(await site('- id: edge\n  hosts: edge\n  rules: [ {template: a.hbs}\n- id: more\n')).toMatch(
      /^site\.yml:4: YAML can't be read here: .*\n {4}Correct the YAML/,
    );
  });

  test('that is indented with a tab', async () => {
    expect(await site('- id: edge\n\thosts: edge\n')).toBe(
      'site.yml:2: the line is indented with a tab\n    YAML is indented with spaces.\n',
    );
  });

  test('with a key that stands twice', async () => {
    expect(await site('- id: edge\n  hosts: edge\n  hosts: all\n  rules: [{ template: a.hbs }]\n')).toBe(
      'site.yml:3: key "hosts" stands twice\n    Keep one of the two.\n',
    );
  });

  test('with unknown keys and wrong values: all of them, each with its line', async () => {
    const complaint = await site(
      play(
        'a.hbs',
        '  chekcs: []\n  rollout:\n    canry: 1\n    max_fail_percentage: 200\n    confirm_within: soon\n',
      ),
    );
    expect(complaint).toContain(
      'site.yml:4: there is no key "chekcs" in the play\n    Did you mean "checks"?',
    );
    expect(complaint).toContain('site.yml:6: there is no key "canry" in rollout\n    Did you mean "canary"?');
    expect(complaint).toContain('site.yml:7: rollout.max_fail_percentage is 200: it must be a percentage');
    expect(complaint).toContain('site.yml:8: rollout.confirm_within is "soon": it must be "30s"');
    expect(complaint).toMatch(/\n4 problems; nothing was touched\.\n$/);
  });

  test('whose pattern matches no host', async () => {
    expect(await site(play('a.hbs').replace('edge\n  rules', 'edgee:!gw22\n  rules'))).toContain(
      'site.yml:1: pattern "edgee:!gw22" matches no host\n    Did you mean "edge"?',
    );
  });

  test('with two plays that would own the same table', async () => {
    expect(await site(play('a.hbs') + play('a.hbs').replace('id: edge', 'id: more'))).toContain(
      'site.yml:4: plays "edge" (site.yml:1) and "more" would both own table ipv4 filter of gw1, gw2\n',
    );
  });
});

describe.concurrent('a template', () => {
  const template = (text: string, ...words: string[]) =>
    complaintOf({ 'templates/a.hbs': text }, ...SITE, ...words);

  test('that is missing', async () => {
    const playbook = '- id: edge\n  hosts: edge\n  rules:\n    - template: a.hbs\n    - template: lb/b.hbs\n';
    expect(await complaintOf({ 'site.yml': playbook }, ...SITE)).toBe(
      'site.yml:5: there is no template "lb/b.hbs"\n' +
        '    Looked for templates/lb/b.hbs, lb/b.hbs, ../templates/lb/b.hbs.\n',
    );
  });

  test('that is a folder', async () => {
    expect(await complaintOf({ 'site.yml': play('lb'), 'templates/lb/b.hbs': '' }, ...SITE)).toBe(
      'site.yml:3: the template "lb" is a folder: templates/lb\n    Name a template file that you may read.\n',
    );
  });

  test('with a variable that is not defined, on the hosts where it is not', async () => {
    const files = {
      inventory: `[edge]\ngw1 allowed=10.0.0.0/8\ngw2\n${LOCAL}`,
      'templates/a.hbs': rule('-A INPUT -s {{allowed}} -j ACCEPT\n-A INPUT -s {{alowed}} -j ACCEPT'),
    };
    const complaint = await complaintOf(files, ...SITE);
    expect(complaint).toContain('templates/a.hbs:3 (gw2): allowed is not defined\n    Define it in ');
    expect(complaint).toContain(
      'templates/a.hbs:4 (gw1): alowed is not defined\n    Did you mean "allowed"? Define it in ',
    );
  });

  test.each([
    ['a match', '10.0.0.1 -j ACCEPT', 'it holds a space'],
    ['a rule', '10.0.0.1\n-A INPUT -j ACCEPT', 'it holds a line break'],
  ])('with a value that would inject %s', async (_, value, reason) => {
    const vars = JSON.stringify({ source: value });
    expect(await template(rule('-A INPUT -s {{source}} -j DROP'), '-e', vars)).toContain(
      `templates/a.hbs:3 (gw1, gw2 (2 hosts)): source is ${JSON.stringify(value)}: ${reason}\n`,
    );
  });

  test('with a value that would end a comment', async () => {
    const text = rule('-A INPUT -m comment --comment "{{what}}" -j DROP');
    expect(await template(text, '-e', JSON.stringify({ what: 'x" -j ACCEPT "' }))).toContain(
      'templates/a.hbs:3 (gw1, gw2 (2 hosts)): what is "x\\" -j ACCEPT \\"": it holds a double quote\n',
    );
  });

  test('with raw output, which would get around all this', async () => {
    expect(await template(rule('-A INPUT -s {{{source}}} -j DROP'))).toContain(
      'templates/a.hbs:3: raw output ({{{ }}} or {{& }}) is not allowed\n',
    );
  });

  test('with a name in place of an address', async () => {
    expect(await template(rule('-A INPUT -s gw.example.net -j DROP'))).toContain(
      'templates/a.hbs:3 (gw1, gw2 (2 hosts)): "gw.example.net" after -s is a name, not an address\n',
    );
  });

  test('with a block that is not closed', async () => {
    expect(await template(rule('{{#each nets}}\n-A INPUT -s {{this}} -j DROP'))).toMatch(
      /^templates\/a\.hbs:\d: the template ends inside a block\n {4}Close every/,
    );
  });
});

test('a value that would inject a shell command', async () => {
  const check = '  checks:\n    - { name: c, from: gateway, command: "test {{file}} = 1" }\n';
  const vars = JSON.stringify({ file: 'x; rm -rf /' });
  expect(await complaintOf({ 'site.yml': play('a.hbs', check) }, ...SITE, '-e', vars)).toContain(
    'site.yml:5 (gw1, gw2 (2 hosts)): check "c": file is "x; rm -rf /", which is not one plain word of a command\n' +
      '    Values in commands hold only letters, digits',
  );
});

describe.concurrent('an inventory', () => {
  test('that is nowhere', async () => {
    expect(await complaintOf({}, 'site.yml', '-i', 'inventry')).toBe(
      'inventry: there is no inventory "inventry"\n' +
        '    Name an existing file or directory with -i; an inline list of hosts needs a comma: "h1,".\n',
    );
  });

  test('that nobody named', async () => {
    const { inventory: _, ...others } = GOOD;
    const project = createProject(others);
    const { code, stderr } = await project.sluice('apply', 'site.yml');
    project.remove();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'there is no inventory: neither -i, nor SLUICE_INVENTORY, nor ansible.cfg, nor ./inventories, nor ./inventory\n' +
        '    Name one with -i, or an inline list of hosts: -i "gw1,".\n',
    });
  });

  test('in INI, with all that is wrong in it', async () => {
    const text = '[edge\ngw1\n[edge:vers]\nx=1\n[edge:children]\nnosuch\n';
    const complaint = await complaintOf({ inventory: text }, ...SITE);
    expect(complaint).toContain('inventory:1: range in "[edge" has no closing "]"\n');
    expect(complaint).toContain('inventory:3: section [edge:vers] has the unknown type "vers"\n');
    expect(complaint).toContain(
      'inventory:6: section [edge:children] includes a group that is not defined: "nosuch"\n',
    );
  });

  test('in YAML, with a key that Ansible would pass over: the reason why the pattern matches nothing', async () => {
    const hosts = 'all:\n  hosts:\n    gw1:\n  childern:\n    edge:\n      hosts:\n        gw1:\n';
    const complaint = await complaintOf({ 'hosts.yml': hosts }, 'site.yml', '-i', 'hosts.yml');
    expect(complaint).toContain('site.yml:1: pattern "edge" matches no host\n');
    expect(complaint).toContain(
      'hosts.yml:4: key "childern" of group "all" is skipped\n    Did you mean "children"?',
    );
  });

  test('that is a script, which fails', async () => {
    const script = '#!/bin/sh\necho "no such region: eu-9" >&2\nexit 3\n';
    expect(await complaintOf({ 'cloud.sh': script }, 'site.yml', '-i', 'cloud.sh')).toBe(
      'cloud.sh: "cloud.sh --list" failed: no such region: eu-9\n' +
        '    Run it by hand; it must print JSON and exit with 0.\n',
    );
  });

  test('with connection variables that make no sense, of every host', async () => {
    const hosts = '[edge]\ngw1 ansible_port=ssh\ngw2 ansible_become=true ansible_become_method=su\n';
    expect(await complaintOf({ inventory: hosts }, ...SITE)).toBe(
      'gw1: ansible_port is "ssh"\n    Give a whole number from 1 to 65535.\n' +
        'gw2: ansible_become_method cannot be "su"\n    Set it to sudo.\n' +
        '\n2 problems; nothing was touched.\n',
    );
  });

  test('whose group_vars are no YAML', async () => {
    expect(await complaintOf({ 'group_vars/edge.yml': 'nets: [\n' }, ...SITE)).toMatch(
      /^group_vars\/edge\.yml:2: .*\n {4}Correct the YAML/,
    );
  });
});

test('problems of playbook, template, inventory and flags are shown together', async () => {
  const files = {
    'site.yml': play('a.hbs', '  hots: edge\n'),
    'templates/a.hbs': rule('{{{net}}}'),
    inventory: '[edge]\ngw[1\n',
  };
  const complaint = await complaintOf(files, ...SITE, '-e', 'net', '-l', '@failed');
  expect(complaint.match(/^\S.*/gm)).toEqual([
    '-e: "net" is not name=value',
    'inventory:2: range in "gw[1" has no closing "]"',
    'failed: there is no such limit file',
    'site.yml:4: there is no key "hots" in the play',
    'templates/a.hbs:3: raw output ({{{ }}} or {{& }}) is not allowed',
    '5 problems; nothing was touched.',
  ]);
});

test('a journal that has no place', async () => {
  expect(await complaintOf({ '.sluice': '' }, ...SITE)).toMatch(
    /^.*\.sluice: The journal can't be written: .*\n {4}A file stands where a folder should be: move it away\.\n$/,
  );
});
