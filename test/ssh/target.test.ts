import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { resolveHost } from '../../src/inventory/resolved-vars.ts';
import type { Problem } from '../../src/problem.ts';
import { Sensitive, Vaulted } from '../../src/sensitive.ts';
import { type ConnectionFlags, createController, type Target, targetOf } from '../../src/ssh/target.ts';
import { diskOf } from './config/disk.ts';
import { PLAIN } from './terms.ts';

/** A variable of the environment that isn't there. */
const UNSET = ['$', '{NOWHERE}'].join('');

const account = { home: '/home/ada', localUser: 'ada', uid: 1000, hostname: 'desk.example', env: {} };
const answer = (vars: Vars, flags: ConnectionFlags = {}, files: Readonly<Record<string, string>> = {}) =>
  targetOf(
    resolveHost({ hosts: new Map(), groups: new Map() }, { name: 'gw1', groups: [], vars }),
    flags,
    createController(account, diskOf(files)),
  );

async function target(vars: Vars, flags: ConnectionFlags = {}): Promise<Target> {
  const result = await answer(vars, flags);
  if (Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
}

async function problems(vars: Vars, flags: ConnectionFlags = {}): Promise<Problem[]> {
  const result = await answer(vars, flags);
  if (!Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
}

test('a host without variables', async () => {
  expect(await target({})).toEqual({
    ...PLAIN,
    name: 'gw1',
    host: 'gw1',
    address: 'gw1',
    addresses: [],
    port: 22,
    user: 'ada',
    become: false,
    userKnownHostsFiles: ['/home/ada/.ssh/known_hosts', '/home/ada/.ssh/known_hosts2'],
    systemKnownHostsFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    timeoutMs: 10_000,
  });
});

test('the flags are weaker than the variables', async () => {
  const flags = { user: 'flag', become: true, privateKeyFile: '~/flag', timeoutSeconds: 3 };
  expect(await target({}, flags)).toMatchObject({
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
  expect(await target(vars, flags)).toMatchObject({
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
])('%j', async (vars, expected) => {
  expect(await target(vars)).toMatchObject(expected);
});

describe('ssh arguments', () => {
  test('are understood in every spelling', async () => {
    const args =
      '-o UserKnownHostsFile="~/a /b" -o "StrictHostKeyChecking accept-new" -oConnectTimeout=30 -o Port=2200 -o User=eve -o IdentityFile=~/one -i /two -i/three';
    expect(await target({ ansible_ssh_common_args: args })).toMatchObject({
      userKnownHostsFiles: ['/home/ada/a', '/b'],
      hostKeyChecking: 'accept-new',
      timeoutMs: 30_000,
      port: 2200,
      user: 'eve',
      keyFiles: ['/home/ada/one', '/two', '/three'],
    });
    expect(await target({ ansible_ssh_extra_args: '-p 2201 -l mallory' })).toMatchObject({
      port: 2201,
      user: 'mallory',
    });
  });

  test('come after the variables and the flags, except for ansible_ssh_args', async () => {
    const late = {
      ansible_ssh_common_args: '-p 1 -o User=late -i /late',
      ansible_port: 2,
      ansible_private_key_file: '/var',
    };
    expect(await target(late, { user: 'flag' })).toMatchObject({
      port: 2,
      user: 'flag',
      keyFiles: ['/var', '/late'],
    });
    const early = { ...late, ansible_ssh_args: '-p 3 -o User=early -i /early' };
    expect(await target(early, { user: 'flag' })).toMatchObject({
      port: 3,
      user: 'early',
      keyFiles: ['/early', '/var', '/late'],
    });
  });

  test('the first value wins, as in ssh itself', async () => {
    const vars = {
      ansible_ssh_common_args: '-p 1 -p 2',
      ansible_ssh_extra_args: '-p 3 -o StrictHostKeyChecking=no',
    };
    expect(await target(vars)).toMatchObject({ port: 1, hostKeyChecking: 'off' });
  });

  test.each([
    ['yes', 'strict'],
    ['ask', 'strict'],
    ['no', 'off'],
    ['accept-new', 'accept-new'],
  ])('StrictHostKeyChecking=%s', async (value, hostKeyChecking) => {
    expect(await target({ ansible_ssh_common_args: `-o StrictHostKeyChecking=${value}` })).toMatchObject({
      hostKeyChecking,
    });
  });

  test.each([
    ['-L 1:a:2', '-L'],
    ['-o KnownHostsCommand=x', '-o KnownHostsCommand x'],
    ['-B eth0', '-B eth0'],
    ['bastion', 'bastion'],
  ])('%s is refused by name, never ignored', async (args, option) => {
    const [problem] = await problems({ ansible_ssh_common_args: args });
    expect(problem).toMatchObject({ code: 'unsupported-ssh-option', host: 'gw1' });
    expect(problem?.message).toBe(`ansible_ssh_common_args: ${option} is not supported`);
  });

  test('that have no bearing are passed over', async () => {
    const args = '-tt -vvv -q4 -o ControlMaster=auto -o ControlPersist=60s -S none -o ForwardAgent=yes';
    expect(await target({ ansible_ssh_args: args })).toMatchObject({ addressFamily: 4 });
  });

  test('an unknown keyword is a problem with a suggestion', async () => {
    expect(await problems({ ansible_ssh_common_args: '-o Prot=1' })).toMatchObject([
      { code: 'unknown-ssh-option', host: 'gw1', remedy: expect.stringContaining('Did you mean port?') },
    ]);
  });

  test('of the flags count where the inventory says nothing of the same name', async () => {
    const flags = { sshCommonArgs: '-p 1 -l common', sshExtraArgs: '-p 2 -i /extra' };
    expect(await target({}, flags)).toMatchObject({ port: 1, user: 'common', keyFiles: ['/extra'] });
    expect(await target({ ansible_ssh_common_args: '-C' }, flags)).toMatchObject({ port: 2, user: 'ada' });
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
  [{ ansible_ssh_private_key_file: '~eve/key' }, 'invalid-ssh-option', /~eve/],
  [{ ansible_ssh_common_args: '-i ~/%z' }, 'invalid-ssh-option', /no token %z/],
  [{ ansible_ssh_common_args: `-i ~/${UNSET}` }, 'invalid-ssh-option', /NOWHERE/],
  [{ ansible_ssh_common_args: '-o "Port=22' }, 'invalid-variable', /split into words/],
  [{ ansible_ssh_common_args: '-o Port=x' }, 'invalid-ssh-option', /-o Port cannot be "x"/],
  [{ ansible_ssh_common_args: '-i' }, 'invalid-ssh-option', /-i cannot be ""/],
  [{ ansible_ssh_common_args: '-o StrictHostKeyChecking=maybe' }, 'invalid-ssh-option', /maybe/],
  [{ sluice_addresses: '192.0.2.1' }, 'invalid-variable', /not a list/],
  [{ sluice_addresses: ['{{ x }}'] }, 'undefined-variable', /sluice_addresses/],
])('%j is a problem', async (vars, code, message) => {
  const [problem, ...more] = await problems(vars);
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code, host: 'gw1', message: expect.stringMatching(message) });
  expect(problem?.remedy).not.toBe('');
});

test('templates are resolved, each for what it is used', async () => {
  expect(
    await target({
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

test('all templates that fail are told together', async () => {
  const found = await problems({
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

test('every problem is found, and no secret is echoed', async () => {
  const found = await problems({
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
  const passwordOf = async (vars: Vars, flags: ConnectionFlags = {}) =>
    (await target(vars, flags)).password?.reveal();

  test('comes from the variable, else from what was typed; becoming root has its own', async () => {
    expect(await passwordOf({})).toBeUndefined();
    expect(await passwordOf({}, typed)).toBe('typed');
    expect(await passwordOf({ ansible_password: 'var' }, typed)).toBe('var');
    expect(
      await passwordOf({ ansible_password: 'a', ansible_ssh_pass: 'b', ansible_ssh_password: 'c' }),
    ).toBe('c');
    expect((await target({ ansible_become: true, ansible_password: 'var' })).becomePassword).toBeUndefined();
  });
});

describe('the password for sudo', () => {
  const typed = { becomePassword: new Sensitive('typed') };
  const passwordOf = async (vars: Vars, flags: ConnectionFlags = {}) =>
    (await target({ ansible_become: true, ...vars }, flags)).becomePassword?.reveal();

  test('comes from the variable, else from what was typed', async () => {
    expect(await passwordOf({})).toBeUndefined();
    expect(await passwordOf({}, typed)).toBe('typed');
    expect(await passwordOf({ ansible_become_password: 'var' }, typed)).toBe('var');
    expect(await passwordOf({ ansible_become_pass: 1234 })).toBe('1234');
    expect(
      await passwordOf({ ansible_become_password: 'a', ansible_become_pass: 'b', ansible_sudo_pass: 'c' }),
    ).toBe('c');
  });

  test('may be a template, the usual one of them', async () => {
    expect(await passwordOf({ ansible_become_password: '{{ vault_pw }}', vault_pw: 'hunter 2' })).toBe(
      'hunter 2',
    );
    const unsafe = { __ansible_unsafe: 'pa{{ss' };
    expect(await passwordOf({ ansible_become_password: '{{ vault_pw }}', vault_pw: unsafe })).toBe('pa{{ss');
    expect(
      await passwordOf({ ansible_become_password: '{{ ansible_password }}', ansible_password: 'a b' }),
    ).toBe('a b');
    expect(await passwordOf({ ansible_become_password: unsafe })).toBe('pa{{ss');
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
    { ansible_become_password: '{{ pw | length }}', pw: new Vaulted('hunter2') },
    { ansible_become_password: '{{ pw }}', pw: '{{ x | default("hunter2") | nosuch }}' },
  ])('no message shows a word of it: %j', async (vars) => {
    const found = await problems({ ansible_become: true, ...vars });
    expect(found).toMatchObject([
      { host: 'gw1', message: expect.stringMatching(/^ansible_become_password /) },
    ]);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('is kept from a host that does not become root', async () => {
    expect((await target({ ansible_become_password: '{{ x }}' }, typed)).becomePassword).toBeUndefined();
  });

  test.each(['a\nb', 'hunter2'.repeat(40), ['hunter2'], { __ansible_vault: 'hunter2' }])(
    '%j is refused without being shown',
    async (value) => {
      const [problem, ...more] = await problems({ ansible_become: true, ansible_become_password: value });
      expect(more).toEqual([]);
      expect(problem).toMatchObject({ code: 'invalid-variable', host: 'gw1' });
      expect(problem?.message).toMatch(/^ansible_become_password (is|holds|still holds) /);
      expect(JSON.stringify(problem)).not.toMatch(/hunter2|a\\nb|\{\{/);
    },
  );
});

test.each(['sluice-helper', '/sbin/../x', '/a b', '/x;id', '/'])(
  'sluice_helper=%j is refused',
  async (path) => {
    expect(await problems({ sluice_helper: path })).toMatchObject([{ code: 'invalid-variable' }]);
  },
);

describe('the files of ssh_config', () => {
  const own = '/home/ada/.ssh/config';
  const withFiles = async (vars: Vars, files: Record<string, string>, flags: ConnectionFlags = {}) => {
    const result = await answer(vars, flags, files);
    if (Array.isArray(result)) throw new Error(JSON.stringify(result));
    return result;
  };
  const problemsWith = async (text: string, vars: Vars = {}) => {
    const result = await answer(vars, {}, { [own]: text });
    return Array.isArray(result) ? result : [];
  };

  test('are weaker than everything else', async () => {
    const files = {
      [own]: 'Port 9\nUser file\nIdentityFile /file\nStrictHostKeyChecking yes\nConnectTimeout 99\n',
    };
    expect(await withFiles({}, files)).toMatchObject({
      port: 9,
      user: 'file',
      keyFiles: ['/file'],
      timeoutMs: 99_000,
    });
    const vars = { ansible_port: 1, ansible_private_key_file: '/var', ansible_host_key_checking: false };
    const flags = { user: 'flag', timeoutSeconds: 3 };
    expect(await withFiles(vars, files, flags)).toMatchObject({
      port: 1,
      user: 'flag',
      keyFiles: ['/var', '/file'],
      hostKeyChecking: 'off',
      timeoutMs: 3000,
    });
    expect(await withFiles({}, files, { sshExtraArgs: '-p 4' })).toMatchObject({ port: 4 });
  });

  test('are asked for the value of ansible_host, which HostName then replaces', async () => {
    const files = { [own]: 'Host edge\nHostName %h.example\nHost gw1\nPort 9\n' };
    expect(await withFiles({ ansible_host: 'edge' }, files)).toMatchObject({
      host: 'gw1',
      name: 'edge',
      address: 'edge.example',
      port: 22,
    });
  });

  test('can be others (-F), or none', async () => {
    const files = { [own]: 'Port 9\n', '/other': 'Port 8\n' };
    expect(await withFiles({ ansible_ssh_common_args: '-F /other' }, files)).toMatchObject({ port: 8 });
    expect(await withFiles({}, files, { sshCommonArgs: '-F none' })).toMatchObject({ port: 22 });
  });

  test('say the rest of what counts', async () => {
    const text = `HostKeyAlias alias
IdentitiesOnly yes
IdentityAgent ~/agent-%r
IdentityFile ~/.ssh/%n-%k-%L-%l-%i-%u-%d
UserKnownHostsFile ~/known-%h /b
GlobalKnownHostsFile none
HashKnownHosts yes
StrictHostKeyChecking accept-new
ServerAliveInterval 1m
ServerAliveCountMax 7
AddressFamily inet6
BindAddress 192.0.2.9
PasswordAuthentication no
PreferredAuthentications password,publickey,gssapi-with-mic
Ciphers aes256-gcm@openssh.com,unknown-cipher
MACs -hmac-sha1*
KexAlgorithms ^curve25519-sha256
Compression yes
HostKeyAlgorithms -ssh-rsa
PubkeyAcceptedAlgorithms ssh-ed25519
RequiredRSASize 2048
`;
    expect(await withFiles({ ansible_user: 'root' }, { [own]: text })).toMatchObject({
      hostKeyAlias: 'alias',
      identitiesOnly: true,
      identityAgent: '/home/ada/agent-root',
      keyFiles: ['/home/ada/.ssh/gw1-alias-desk-desk.example-1000-ada-/home/ada'],
      userKnownHostsFiles: ['/home/ada/known-gw1', '/b'],
      systemKnownHostsFiles: [],
      hashKnownHosts: true,
      hostKeyChecking: 'accept-new',
      keepalive: { intervalMs: 60_000, countMax: 7 },
      addressFamily: 6,
      bindAddress: '192.0.2.9',
      methods: ['publickey'],
      algorithms: {
        cipher: ['aes256-gcm@openssh.com'],
        hmac: { remove: ['hmac-sha1-etm@openssh.com', 'hmac-sha1', 'hmac-sha1-96'] },
        kex: { prepend: ['curve25519-sha256'] },
        compress: ['zlib@openssh.com', 'zlib', 'none'],
      },
      hostKeyAlgorithms: expect.not.arrayContaining(['ssh-rsa']),
      publicKeyAlgorithms: 'ssh-ed25519',
      leastRsaBits: 2048,
    });
  });

  test('an agent by variable, and none', async () => {
    expect(await withFiles({}, { [own]: 'IdentityAgent SSH_AUTH_SOCK\n' })).not.toHaveProperty(
      'identityAgent',
    );
    expect(await withFiles({}, { [own]: 'IdentityAgent none\n' })).toMatchObject({ identityAgent: 'none' });
    expect(await withFiles({}, { [own]: 'IdentityAgent $NOWHERE\n' })).toMatchObject({
      identityAgent: 'none',
    });
  });

  test('IdentityFile none: not even those by default', async () => {
    expect(await withFiles({}, { [own]: 'IdentityFile none\n' })).toMatchObject({ keyFiles: [] });
  });

  test.each([
    ['KnownHostsCommand /bin/x', 'unsupported-ssh-option'],
    ['RevokedHostKeys /x', 'unsupported-ssh-option'],
    ['CanonicalizeHostname always', 'unsupported-ssh-option'],
    ['ProxyUseFdpass yes', 'unsupported-ssh-option'],
    ['CheckHostIP yes', 'unsupported-ssh-option'],
    ['BindInterface eth0', 'unsupported-ssh-option'],
    ['RefuseConnection "not from here"', 'unsupported-ssh-option'],
    ['Ciphers unheard-of', 'unsupported-ssh-option'],
    ['HostKeyAlgorithms unheard-of', 'unsupported-ssh-option'],
    ['HostName %z', 'invalid-ssh-option'],
    ['HostName "a b"', 'invalid-ssh-option'],
    ['IdentityFile ~eve/x', 'invalid-ssh-option'],
    [`UserKnownHostsFile ${UNSET}/x`, 'invalid-ssh-option'],
    ['ProxyCommand nc %z', 'invalid-ssh-option'],
    ['ProxyCommand -', 'invalid-ssh-option'],
  ])('%s is an error for the hosts that it is for, at its line', async (line, code) => {
    expect(await problemsWith(`Host gw*\n${line}\n`)).toEqual([
      expect.objectContaining({ code, file: own, line: 2 }),
    ]);
    expect(await problemsWith(`Host web\n${line}\n`)).toEqual([]);
  });

  test.each(['KnownHostsCommand none', 'CanonicalizeHostname no', 'CheckHostIP no', 'RevokedHostKeys none'])(
    '%s is none',
    async (line) => {
      expect(await problemsWith(`${line}\n`)).toEqual([]);
    },
  );

  test('what could only have helped to log in is noted', async () => {
    const text = 'GSSAPIAuthentication yes\nCertificateFile ~/x-cert.pub\nPubkeyAuthentication no\n';
    const { loginNotes } = await withFiles({}, { [own]: text });
    expect(loginNotes).toEqual([
      { method: 'gssapi', note: `GSSAPIAuthentication yes (${own}:1): not supported` },
      { method: 'publickey', note: `CertificateFile ~/x-cert.pub (${own}:2): not supported` },
      { method: 'publickey', note: `publickey: PubkeyAuthentication no (${own}:3)` },
    ]);
  });
});

describe('what ansible.cfg and the environment say', () => {
  const given = (text: string) => ({ text, from: 'a setting' });

  test('is weaker than the variables', async () => {
    const settings = { port: 2222, hostKeyChecking: false, sshArgs: given('-o User=early -o Port=7') };
    expect(await target({}, { settings })).toMatchObject({ port: 7, user: 'early', hostKeyChecking: 'off' });
    const vars = { ansible_port: 22, ansible_host_key_checking: true, ansible_ssh_args: '-C' };
    expect(await target(vars, { settings })).toMatchObject({
      port: 22,
      user: 'ada',
      hostKeyChecking: 'strict',
    });
    expect(await target({ ansible_ssh_args: '' }, { settings })).toMatchObject({ port: 2222, user: 'ada' });
  });

  test('counts before the late options, which may come from there, too', async () => {
    const settings = {
      port: 2222,
      sshCommonArgs: given('-o Port=1 -o ConnectTimeout=3'),
      sshExtraArgs: given('-l late -o ConnectTimeout=4'),
    };
    expect(await target({}, { settings })).toMatchObject({ port: 2222, user: 'late', timeoutMs: 3000 });
    expect(await target({ ansible_ssh_common_args: '-l common' }, { settings })).toMatchObject({
      user: 'common',
      timeoutMs: 4000,
    });
  });

  test.each<[ConnectionFlags, string]>([
    [{ settings: { transport: given('local') } }, 'a setting cannot be "local"'],
    [{ settings: { sshExecutable: given('/opt/wrapper') } }, 'a setting cannot be "/opt/wrapper"'],
    [{ become: true, settings: { becomeUser: given('admin') } }, 'a setting cannot be "admin"'],
    [{ become: true, settings: { becomeMethod: given('su') } }, 'a setting cannot be "su"'],
    [{ become: true, settings: { becomeExe: given('doas') } }, 'a setting cannot be "doas"'],
    [{ settings: { sshArgs: given('-o Nonsense=1') } }, 'a setting: -o Nonsense is no keyword of ssh_config'],
  ])("%j is refused, as no host's own", async (flags, message) => {
    expect(await problems({}, flags)).toEqual([
      { code: expect.any(String), message, remedy: expect.any(String) },
    ]);
  });

  test.each<[Vars, ConnectionFlags]>([
    [{}, { settings: { becomeUser: given('admin'), becomeMethod: given('su') } }],
    [{ ansible_connection: 'ssh' }, { settings: { transport: given('local') } }],
    [{}, { settings: { transport: given('smart'), sshExecutable: given('/usr/bin/ssh') } }],
    [{ ansible_become_user: 'root' }, { become: true, settings: { becomeUser: given('admin') } }],
    [{}, { become: true, settings: { becomeExe: given('/usr/bin/sudo'), becomeMethod: given('sudo') } }],
  ])('%j with %j is no problem', async (vars, flags) => {
    expect((await target(vars, flags)).host).toBe('gw1');
  });

  test('shared connections change nothing', async () => {
    const usual = '-o ControlMaster=auto -o ControlPersist=60s -o ControlPath=~/.ansible/cp/%h';
    expect(await target({}, { settings: { sshArgs: given(usual) } })).toEqual(await target({}));
    expect(await target({ ansible_ssh_args: usual })).toEqual(await target({}));
  });
});
