import { describe, expect, test } from 'vitest';
import { createReach } from '../../../src/cli/operations/reach.ts';
import { resolveHost } from '../../../src/inventory/resolved-vars.ts';
import { formatProblem, ProblemsError } from '../../../src/problem.ts';
import { loadInventory } from '../../../src/project/inventory.ts';
import { Vaulted } from '../../../src/sensitive.ts';
import { createController, targetOf } from '../../../src/ssh/target.ts';
import { folderWith } from '../../project/inventory-folders.ts';
import { diskOf } from '../../ssh/config/disk.ts';
import { encrypt, inline, noVault, vaultWith } from '../../vault/vaults.ts';

const flags = { passwordsFrom: {} };
const sealed = (text: string, line: number) =>
  new Vaulted(encrypt(text, 'p'), { file: 'group_vars/all.yml', line });
const hostsWith = (vars: Readonly<Record<string, Vaulted>>) =>
  ['gw1', 'gw2'].map((name) => ({ name, groups: [], vars }));

test('what says how hosts are reached is opened, and what follows from it, and nothing else', async () => {
  const vars = {
    ansible_become: sealed('true', 1),
    ansible_become_password: sealed('hunter2', 2),
    token: sealed('t0ken', 3),
  };
  await createReach(hostsWith(vars), flags, vaultWith({ default: 'p' }), {});
  expect(Object.values(vars).map(({ sealed }) => sealed.length)).toEqual([0, 0, 1]);
});

test('a value that does not open is told once, with its variable and its place', async () => {
  const reaching = createReach(hostsWith({ ansible_password: sealed('hunter2', 7) }), flags, noVault, {});
  const error = await reaching.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProblemsError);
  expect((error as ProblemsError).problems).toEqual([
    {
      code: 'vault-no-password',
      file: 'group_vars/all.yml',
      line: 7,
      message: 'ansible_password is encrypted with Ansible Vault, and no vault password was given',
      remedy: expect.stringMatching(/--vault-password-file FILE/),
    },
  ]);
});

describe('templates of connection variables that refer to what is encrypted', () => {
  const account = { home: '/home/ada', localUser: 'ada', uid: 1000, hostname: 'desk.example', env: {} };
  const secret = (text: string) => inline(encrypt(text, 'p'));
  const HIDDEN = encrypt(
    [
      'vault_file: hunter-file',
      'vault_number: 2222',
      'vault_template: "{{ team }}/{{ vault_inline }}"',
      'vault_braces: !unsafe "hunter{{x"',
      'vault_typo: "hunter{{ hunter5 }}"',
      'vault_broken: "hunter{{hunter6"',
      'vault_leads_on: "{{ leads_on }}"',
      'vault_map: {pw: ["{{ team }}-hunter-map"]}',
    ].join('\n'),
    'p',
  );

  /** The host `gw1` as a run reaches it, once all that this needs is open. */
  async function reached(vars: string, vault = vaultWith({ default: 'p' })) {
    const cwd = folderWith({
      hosts: `gw1\ngw2\n[all:vars]\nansible_become=true\nteam=net\nleads_on="{{ nowhere }}"\n`,
      'group_vars/all/vault.yml': HIDDEN,
      'group_vars/all/plain.yml': `vault_inline: ${secret('hunter-inline')}\n${vars}\n`,
      'host_vars/gw2.yml': `own: ${secret('hunter-of-gw2')}\n`,
    });
    const opensFiles = vaultWith({ default: 'p' });
    const inventory = await loadInventory({ sources: ['hosts'], cwd, vault: opensFiles });
    const hosts = [...inventory.hosts.values()].map((host) => resolveHost(inventory, host));
    const [host] = hosts;
    if (host === undefined) throw new Error();
    try {
      await createReach([host], flags, vault, {});
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      return error.problems.map(formatProblem).join('\n');
    }
    const target = await targetOf(host, {}, createController(account, diskOf({})));
    if (Array.isArray(target)) throw new Error(JSON.stringify(target));
    return target;
  }

  test.each([
    ['{{ vault_inline }}', 'hunter-inline'],
    ['{{ vault_file }}', 'hunter-file'],
    ['{{ team }}:{{ vault_inline }}:{{ vault_file }}', 'net:hunter-inline:hunter-file'],
    ["{{ hostvars['gw2'].own }}", 'hunter-of-gw2'],
    ['{{ hostvars.gw2.vault_file }}', 'hunter-file'],
    ['{{ through }}', '<hunter-inline>'],
    ['{{ nowhere | default(vault_file) }}', 'hunter-file'],
    ['{{ vault_inline if team == "net" else vault_file }}', 'hunter-inline'],
    ['{{ vault_inline | replace("hunter", "h") | upper }}', 'H-INLINE'],
    ['{{ vault_template }}', 'net/hunter-inline'],
    ['{{ vault_braces }}', 'hunter{{x'],
    ['{{ vault_map.pw[0] }}', 'net-hunter-map'],
    ['{{ vault_number }}', '2222'],
  ])('%s', async (template, expected) => {
    const vars = `ansible_become_password: '${template.replaceAll("'", "''")}'\nthrough: "<{{ vault_inline }}>"`;
    const target = await reached(vars);
    if (typeof target === 'string') throw new Error(target);
    expect(target.becomePassword?.reveal()).toBe(expected);
    expect(JSON.stringify(target)).not.toContain(expected.slice(-4));
  });

  test('serve what is no password, too', async () => {
    expect(
      await reached(`ansible_port: '{{ vault_number }}'\nansible_user: 'op-{{ vault_inline }}'`),
    ).toMatchObject({ port: 2222, user: 'op-hunter-inline' });
  });

  test('what a template of an encrypted file comes to is secret, even where it refers to nothing secret', async () => {
    const told = await reached("ansible_port: '{{ vault_map.pw[0] }}'");
    expect(told).toMatch(/^gw1: ansible_port is "\[secret\]"/);
  });

  test('a value that does not open is told with the place where it is encrypted', async () => {
    expect(await reached("ansible_become_password: '{{ vault_inline }}x'", noVault)).toMatch(
      /^group_vars\/all\/plain\.yml:1: ansible_become_password is encrypted with Ansible Vault, and no vault password/,
    );
  });

  test.each([
    [
      '{{ vault_inline | length }}',
      /ansible_user can't be resolved: the length of a secret is not supported \("\{\{ vault_inline \| length \}\}", group_vars\/all\/plain\.yml:8\)/,
    ],
    ['{{ "a" if vault_file else "b" }}', /ansible_user can't be resolved: the truth of a secret/],
    ['{{ vault_file | default("b", true) }}', /the truth of a secret/],
    [
      '{{ vault_typo }}',
      /ansible_user → vault_typo can't be resolved: its template has no value, and is not shown, because it comes out of a vault \(group_vars\/all\/vault\.yml:5\)/,
    ],
    ['{{ vault_broken }}', /vault_broken can't be resolved: .* \(group_vars\/all\/vault\.yml:6\)/],
    [
      '{{ vault_leads_on }}',
      /ansible_user → vault_leads_on → leads_on can't be resolved: "nowhere" is not defined \("\{\{ nowhere \}\}", hosts:6\)/,
    ],
    ["{{ vault_file['hunter'] }}", /a part of a secret/],
  ])('%s has no value, and no word of a secret is told', async (template, message) => {
    const told = await reached(`ansible_user: '${template.replaceAll("'", "''")}'`);
    expect(told).toMatch(message);
    expect(String(told).replace("vault_file['hunter']", '')).not.toContain('hunter');
  });
});

test('a way leads through a host by a jump over it, or by a port of any of its addresses', async () => {
  const host = (name: string, vars: Readonly<Record<string, string | readonly string[]>>) => ({
    name,
    groups: [],
    vars,
  });
  const jump = (place: string) => ({ ansible_ssh_common_args: `-J ${place}` });
  const reach = await createReach(
    [
      host('gw1', { ansible_host: '192.0.2.1', sluice_addresses: ['192.0.2.1', '2001:db8::1'] }),
      host('gw2', { ansible_host: '192.0.2.2' }),
      host('behind', { ansible_host: '10.0.0.9', ...jump('192.0.2.1') }),
      host('far-behind', { ansible_host: '10.0.0.9', ...jump('192.0.2.1,10.0.0.1') }),
      host('sent-on', { ansible_host: '2001:db8::1', ansible_port: '2222' }),
      host('jump-sent-on', { ansible_host: '10.0.0.9', ...jump('192.0.2.1:2222') }),
      host('elsewhere', { ansible_host: '192.0.2.9' }),
    ],
    flags,
    noVault,
    {},
  );
  const through = (other: string) =>
    ['gw1', 'gw2', 'behind', 'far-behind', 'sent-on', 'jump-sent-on', 'elsewhere', 'nobody'].filter((name) =>
      reach.isThrough(name, other),
    );
  expect(through('gw1')).toEqual(['behind', 'far-behind', 'sent-on', 'jump-sent-on']);
  expect(through('gw2')).toEqual([]);
  reach.close();
});

test('a jump host is known by its name, by any of its addresses, and in a ProxyCommand', async () => {
  const host = (
    name: string,
    address: string,
    vars: Readonly<Record<string, string | readonly string[]>> = {},
  ) => ({
    name,
    groups: [],
    vars: { ansible_host: address, ...vars },
  });
  const through = (option: string) => ({ ansible_ssh_common_args: `-o ${option}` });
  const reach = await createReach(
    [
      host('gw1.example.org', '192.0.2.1', { sluice_addresses: ['192.0.2.1', '203.0.113.5'] }),
      host('alias', '192.0.2.2'),
      host('gw2', '192.0.2.2'),
      ...['2201', '2202'].map((port) => host(`nat-${port}`, '198.51.100.1', { ansible_port: port })),
      host('by-address', '10.0.0.9', through('ProxyJump=ada@192.0.2.1')),
      host('by-another-port', '10.0.0.9', through('ProxyJump=192.0.2.1:2222')),
      host('by-further-address', '10.0.0.9', through('ProxyJump=203.0.113.5')),
      host('by-name', '10.0.0.9', through('ProxyJump=gw1.example.org')),
      host('by-command', '10.0.0.9', through('ProxyCommand="ssh -W %h:%p -q ada@gw1.example.org"')),
      host('by-netcat', '10.0.0.9', through('ProxyCommand="nc -x 203.0.113.5:1080 %h %p"')),
      host('by-two-names', '10.0.0.9', through('ProxyJump=192.0.2.2')),
      host('by-nat', '10.0.0.9', through('ProxyJump=198.51.100.1:2202')),
      host('by-nat-command', '10.0.0.9', through('ProxyCommand="ssh -p 2201 198.51.100.1 -W %h:%p"')),
      host('by-none', '10.0.0.9', through('ProxyJump=192.0.2.77')),
    ],
    flags,
    noVault,
    {},
  );
  const by = (way: string) => reach.jumpsOf(`by-${way}`);
  for (const way of ['address', 'another-port', 'further-address', 'name', 'command', 'netcat']) {
    expect(by(way), way).toEqual(['gw1.example.org']);
    expect(reach.isThrough(`by-${way}`, 'gw1.example.org'), way).toBe(true);
  }
  expect(by('two-names')).toEqual(['alias', 'gw2']);
  expect(by('nat')).toEqual(['nat-2202']);
  expect(by('nat-command')).toEqual(['nat-2201']);
  expect(by('none')).toEqual([]);
  expect(reach.jumpsOf('gw1.example.org')).toEqual([]);
  reach.close();
});
