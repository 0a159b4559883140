import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { resolveHost } from '../../src/inventory/resolved-vars.ts';
import type { Problem } from '../../src/problem.ts';
import { Sensitive } from '../../src/sensitive.ts';
import { type ConnectionFlags, type Target, targetOf } from '../../src/ssh/target.ts';

const account = { home: '/home/ada', localUser: 'ada' };
const answer = (vars: Vars, flags: ConnectionFlags = {}) =>
  targetOf(
    resolveHost({ hosts: new Map(), groups: new Map() }, { name: 'gw1', groups: [], vars }),
    flags,
    account,
  );

function target(vars: Vars, flags: ConnectionFlags = {}): Target {
  const result = answer(vars, flags);
  if (Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
}

function problems(vars: Vars, flags: ConnectionFlags = {}): Problem[] {
  const result = answer(vars, flags);
  if (!Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
}

test('a host without variables', () => {
  expect(target({})).toEqual({
    host: 'gw1',
    address: 'gw1',
    addresses: [],
    port: 22,
    user: 'ada',
    become: false,
    keyFiles: [],
    userKnownHostsFiles: ['/home/ada/.ssh/known_hosts', '/home/ada/.ssh/known_hosts2'],
    hostKeyChecking: 'strict',
    timeoutMs: 10_000,
  });
});

test('the flags are weaker than the variables', () => {
  const flags = { user: 'flag', become: true, privateKeyFile: '~/flag', timeoutSeconds: 3 };
  expect(target({}, flags)).toMatchObject({
    user: 'flag',
    become: true,
    keyFiles: ['/home/ada/flag'],
    timeoutMs: 3000,
  });
  const vars = {
    ansible_user: 'root',
    ansible_become: 'no',
    ansible_ssh_private_key_file: '~/.ssh/gw',
    ansible_ssh_timeout: 20,
  };
  expect(target(vars, flags)).toMatchObject({
    user: 'root',
    become: false,
    keyFiles: ['/home/ada/.ssh/gw'],
    timeoutMs: 20_000,
  });
});

test.each<[Vars, Partial<Target>]>([
  [
    { ansible_host: '203.0.113.7', ansible_port: 2222 },
    { address: '203.0.113.7', port: 2222 },
  ],
  [
    { ansible_host: '[2001:db8::1]', ansible_port: '2222' },
    { address: '2001:db8::1', port: 2222 },
  ],
  [{ ansible_host: 'fe80::1%eth0' }, { address: 'fe80::1%eth0' }],
  [{ ansible_host: 'a', ansible_ssh_host: 'b' }, { address: 'b' }],
  [
    { ansible_user: null, ansible_host: '' },
    { user: 'ada', address: 'gw1' },
  ],
  [{ ansible_become: true, ansible_become_user: 'root', ansible_become_method: 'sudo' }, { become: true }],
  [{ ansible_become: 'yes' }, { become: true }],
  [{ ansible_become_user: 'postgres' }, { become: false }],
  [{ ansible_connection: 'smart' }, {}],
  [{ ansible_connection: 'paramiko' }, {}],
  [{ ansible_host_key_checking: false }, { hostKeyChecking: 'off' }],
  [{ sluice_addresses: ['192.0.2.1', '[2001:db8::1]'] }, { addresses: ['192.0.2.1', '2001:db8::1'] }],
])('%j', (vars, expected) => {
  expect(target(vars)).toMatchObject(expected);
});

describe('ssh arguments', () => {
  test('are understood in every spelling', () => {
    const args =
      '-o UserKnownHostsFile="~/a /b" -o "StrictHostKeyChecking accept-new" -oConnectTimeout=30 -o Port=2200 -o User=eve -o IdentityFile=~/one -i /two -i/three';
    expect(target({ ansible_ssh_common_args: args })).toMatchObject({
      userKnownHostsFiles: ['/home/ada/a', '/b'],
      hostKeyChecking: 'accept-new',
      timeoutMs: 30_000,
      port: 2200,
      user: 'eve',
      keyFiles: ['/home/ada/one', '/two', '/three'],
    });
    expect(target({ ansible_ssh_extra_args: '-p 2201 -l mallory' })).toMatchObject({
      port: 2201,
      user: 'mallory',
    });
  });

  test('come after the variables and the flags, except for ansible_ssh_args', () => {
    const late = {
      ansible_ssh_common_args: '-p 1 -o User=late -i /late',
      ansible_port: 2,
      ansible_private_key_file: '/var',
    };
    expect(target(late, { user: 'flag' })).toMatchObject({
      port: 2,
      user: 'flag',
      keyFiles: ['/var', '/late'],
    });
    const early = { ...late, ansible_ssh_args: '-p 3 -o User=early -i /early' };
    expect(target(early, { user: 'flag' })).toMatchObject({
      port: 3,
      user: 'early',
      keyFiles: ['/early', '/var', '/late'],
    });
  });

  test('the first value wins, as in ssh itself', () => {
    const vars = {
      ansible_ssh_common_args: '-p 1 -p 2',
      ansible_ssh_extra_args: '-p 3 -o StrictHostKeyChecking=no',
    };
    expect(target(vars)).toMatchObject({ port: 1, hostKeyChecking: 'off' });
  });

  test.each([
    ['yes', 'strict'],
    ['ask', 'strict'],
    ['no', 'off'],
    ['accept-new', 'accept-new'],
  ])('StrictHostKeyChecking=%s', (value, hostKeyChecking) => {
    expect(target({ ansible_ssh_common_args: `-o StrictHostKeyChecking=${value}` })).toMatchObject({
      hostKeyChecking,
    });
  });

  test.each([
    ['-o ProxyJump=bastion', '-o ProxyJump'],
    ['-J bastion', '-J'],
    ['-o proxycommand="ssh -W %h:%p x"', '-o proxycommand'],
    ['-F /etc/cfg', '-F'],
    ['-4', '-4'],
    ['-o HostKeyAlias=x', '-o HostKeyAlias'],
  ])('%s is refused by name, never ignored', (args, option) => {
    const [problem] = problems({ ansible_ssh_common_args: args });
    expect(problem).toMatchObject({ code: 'unsupported-ssh-option', host: 'gw1' });
    expect(problem?.message).toBe(`ansible_ssh_common_args: ${option} is not supported yet`);
  });
});

test.each<[Vars, string, RegExp]>([
  [{ ansible_host: '{{ vpn_address }}' }, 'undefined-variable', /ansible_host.*vpn_address/],
  [{ ansible_user: 'ada\nroot' }, 'invalid-variable', /control character/],
  [{ ansible_user: ['ada'] }, 'invalid-variable', /ansible_user is \["ada"\]/],
  [{ ansible_host: 'gw1 -oProxyCommand=x' }, 'invalid-variable', /not a host name/],
  [{ ansible_host: '-oProxyCommand=x' }, 'invalid-variable', /not a host name/],
  [{ ansible_port: 'ssh' }, 'invalid-variable', /ansible_port is "ssh"/],
  [{ ansible_port: 70_000 }, 'invalid-variable', /70000/],
  [{ ansible_become: 'perhaps' }, 'invalid-variable', /not a boolean/],
  [
    { ansible_become: true, ansible_become_user: 'postgres' },
    'unsupported-variable',
    /ansible_become_user.*postgres/,
  ],
  [{ ansible_become: true, ansible_become_method: 'doas' }, 'unsupported-variable', /doas/],
  [{ ansible_connection: 'local' }, 'unsupported-variable', /ansible_connection cannot be "local"/],
  [{ ansible_connection: 'winrm' }, 'unsupported-variable', /winrm/],
  [{ ansible_ssh_private_key_file: '~eve/key' }, 'unsupported-ssh-option', /~eve/],
  [{ ansible_ssh_common_args: '-i ~/%h' }, 'unsupported-ssh-option', /%h/],
  [{ ansible_ssh_common_args: '-o "Port=22' }, 'invalid-variable', /split into words/],
  [{ ansible_ssh_common_args: '-o Port=x' }, 'invalid-variable', /-o Port cannot be "x"/],
  [{ ansible_ssh_common_args: '-i' }, 'invalid-variable', /-i cannot be ""/],
  [{ ansible_ssh_common_args: '-o StrictHostKeyChecking=maybe' }, 'invalid-variable', /maybe/],
  [{ sluice_addresses: '192.0.2.1' }, 'invalid-variable', /not a list/],
  [{ sluice_addresses: ['{{ x }}'] }, 'undefined-variable', /sluice_addresses/],
])('%j is a problem', (vars, code, message) => {
  const [problem, ...more] = problems(vars);
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code, host: 'gw1', message: expect.stringMatching(message) });
  expect(problem?.remedy).not.toBe('');
});

test('templates are resolved, each for what it is used', () => {
  expect(
    target({
      ansible_host: '{{ lan }}',
      ansible_port: '{{ port }}',
      ansible_user: '{{ team }}-admin',
      ansible_become: '{{ port > 22 }}',
      sluice_addresses: ['{{ lan }}', '2001:db8::1'],
      lan: '192.0.2.1',
      port: 2222,
      team: 'net',
      unused: '{{ nowhere }}',
    }),
  ).toMatchObject({
    address: '192.0.2.1',
    port: 2222,
    user: 'net-admin',
    become: true,
    addresses: ['192.0.2.1', '2001:db8::1'],
  });
});

test('all templates that fail are told together', () => {
  const found = problems({
    ansible_host: '{{ a }}',
    ansible_user: '{{ b | nosuch }}',
    sluice_addresses: '{{ c }}',
  });
  expect(found.map(({ code }) => code)).toEqual([
    'undefined-variable',
    'unsupported-jinja',
    'undefined-variable',
  ]);
});

test('every problem is found, and no secret is echoed', () => {
  const found = problems({
    ansible_password: 'hunter2\n',
    ansible_become: true,
    ansible_become_pass: ['hunter2'],
    ansible_port: 0,
  });
  expect(found.map(({ code }) => code).sort()).toEqual([
    'invalid-variable',
    'invalid-variable',
    'invalid-variable',
  ]);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

describe('the password of the login', () => {
  const typed = { password: new Sensitive('typed') };
  const passwordOf = (vars: Vars, flags: ConnectionFlags = {}) => target(vars, flags).password?.reveal();

  test('comes from the variable, else from what was typed; becoming root has its own', () => {
    expect(passwordOf({})).toBeUndefined();
    expect(passwordOf({}, typed)).toBe('typed');
    expect(passwordOf({ ansible_password: 'var' }, typed)).toBe('var');
    expect(passwordOf({ ansible_password: 'a', ansible_ssh_pass: 'b', ansible_ssh_password: 'c' })).toBe('c');
    expect(target({ ansible_become: true, ansible_password: 'var' }).becomePassword).toBeUndefined();
  });
});

describe('the password for sudo', () => {
  const typed = { becomePassword: new Sensitive('typed') };
  const passwordOf = (vars: Vars, flags: ConnectionFlags = {}) =>
    target({ ansible_become: true, ...vars }, flags).becomePassword?.reveal();

  test('comes from the variable, else from what was typed', () => {
    expect(passwordOf({})).toBeUndefined();
    expect(passwordOf({}, typed)).toBe('typed');
    expect(passwordOf({ ansible_become_password: 'var' }, typed)).toBe('var');
    expect(passwordOf({ ansible_become_pass: 1234 })).toBe('1234');
    expect(
      passwordOf({ ansible_become_password: 'a', ansible_become_pass: 'b', ansible_sudo_pass: 'c' }),
    ).toBe('c');
  });

  test('may be a template, the usual one of them', () => {
    expect(passwordOf({ ansible_become_password: '{{ vault_pw }}', vault_pw: 'hunter 2' })).toBe('hunter 2');
    const unsafe = { __ansible_unsafe: 'pa{{ss' };
    expect(passwordOf({ ansible_become_password: '{{ vault_pw }}', vault_pw: unsafe })).toBe('pa{{ss');
    expect(passwordOf({ ansible_become_password: '{{ ansible_password }}', ansible_password: 'a b' })).toBe(
      'a b',
    );
    expect(passwordOf({ ansible_become_password: unsafe })).toBe('pa{{ss');
  });

  test.each<Vars>([
    { ansible_become_password: '{{ pw }}' },
    { ansible_become_password: 'x{{hunter2' },
    { ansible_become_password: 'x{{hunter2}}' },
    { ansible_become_password: 'x{{ a?hunter2' },
    { ansible_become_password: 'x{%hunter2' },
    { ansible_become_password: '{{ pw | default("hunter2") | nosuch }}' },
    { ansible_become_password: '{{ pw }}', pw: ['hunter2'] },
    { ansible_become_password: '{{ pw }}', pw: 'hunter2\n' },
    { ansible_become_password: '{{ pw }}x', pw: { __ansible_vault: 'hunter2' } },
    { ansible_become_password: '{{ pw }}', pw: '{{ x | default("hunter2") | nosuch }}' },
  ])('no message shows a word of it: %j', (vars) => {
    const found = problems({ ansible_become: true, ...vars });
    expect(found).toMatchObject([
      { host: 'gw1', message: expect.stringMatching(/^ansible_become_password /) },
    ]);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('is kept from a host that does not become root', () => {
    expect(target({ ansible_become_password: '{{ x }}' }, typed).becomePassword).toBeUndefined();
  });

  test.each(['a\nb', 'hunter2'.repeat(40), ['hunter2'], { __ansible_vault: 'hunter2' }])(
    '%j is refused without being shown',
    (value) => {
      const [problem, ...more] = problems({ ansible_become: true, ansible_become_password: value });
      expect(more).toEqual([]);
      expect(problem).toMatchObject({ code: 'invalid-variable', host: 'gw1' });
      expect(problem?.message).toMatch(/^ansible_become_password (is|holds|still holds) /);
      expect(JSON.stringify(problem)).not.toMatch(/hunter2|a\\nb|\{\{/);
    },
  );
});

test.each(['sluice-helper', '/sbin/../x', '/a b', '/x;id', '/'])('sluice_helper=%j is refused', (path) => {
  expect(problems({ sluice_helper: path })).toMatchObject([{ code: 'invalid-variable' }]);
});
