import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../../../src/ssh/config/resolve.ts';
import { configOf, HOME, settingsOf } from './ask.ts';

const lines = (...each: readonly string[]) => `${each.join('\n')}\n`;

test('the first value wins, and identity files add up', async () => {
  const text = lines(
    'Host gw1',
    'Port 1',
    'IdentityFile a',
    'Host *',
    'Port 2',
    'IdentityFile b',
    'IdentityFile a',
    'User eve',
  );
  expect(await settingsOf(text)).toEqual({ port: '1', user: 'eve', identityfile: 'a b' });
  expect(await settingsOf(text, 'other')).toEqual({ port: '2', user: 'eve', identityfile: 'b a' });
});

test("the operator's file wins over the system's", async () => {
  const system = { '/etc/ssh/ssh_config': lines('Port 2', 'User eve') };
  expect(await settingsOf('Port 1\n', 'gw1', system)).toEqual({ port: '1', user: 'eve' });
});

test('whichever of ProxyJump and ProxyCommand comes first wins', async () => {
  expect(await settingsOf(lines('ProxyJump a,b', 'ProxyCommand nc %h %p'))).toEqual({ proxy: 'a,b' });
  expect(await settingsOf(lines('ProxyCommand none', 'ProxyJump a'))).toEqual({ proxy: 'none' });
});

test.each([
  ['gw1', 'gw1', true],
  ['gw*', 'gw1', true],
  ['gw?', 'gw10', false],
  ['web gw1', 'gw1', true],
  ['GW1', 'gw1', false],
  ['* !gw1', 'gw1', false],
  ['!gw1 *', 'gw1', false],
  ['!gw2', 'gw1', false],
  ['"gw1" web', 'gw1', true],
  ['gw1,gw2', 'gw1', false],
])('Host %s holds for %s: %s', async (patterns, host, isHeld) => {
  expect(await settingsOf(lines(`Host ${patterns}`, 'Port 1'), host)).toEqual(isHeld ? { port: '1' } : {});
});

test.each([
  ['all', true],
  ['!all', false],
  ['host gw1', true],
  ['host GW1', true],
  ['host web,gw*', true],
  ['host *,!gw1', false],
  ['!host web', true],
  ['host=gw1', true],
  ['host "gw1"', true],
  ['originalhost gw1 user ada', true],
  ['originalhost gw1 user eve', false],
  ['localuser ada', true],
  ['localuser root,!ada', false],
  ['final', true],
  ['!final', true],
  ['canonical', false],
  ['final all', true],
  ['host gw1 # a comment', true],
  ['host web exec "true"', false],
  ['exec "true" host web', false],
])('Match %s: %s', async (criteria, isHeld) => {
  const { port } = await settingsOf(lines(`Match ${criteria}`, 'Port 1'));
  expect(port).toBe(isHeld ? '1' : undefined);
});

test('Match host is about the name that HostName has given so far, Host about what was asked for', async () => {
  const text = lines(
    'Host gw1',
    'HostName %h.example',
    'Match host gw1.example',
    'Port 1',
    'Match originalhost gw1',
    'User eve',
  );
  expect(await settingsOf(text)).toEqual({ hostname: '%h.example', port: '1', user: 'eve' });
});

test('Match user is about the user so far', async () => {
  expect(
    await settingsOf(lines('Match user eve', 'Port 1', 'Host *', 'User eve', 'Match user eve', 'Port 2')),
  ).toEqual({
    user: 'eve',
    port: '2',
  });
});

test('Match final has the files read again, with the final name', async () => {
  const text = lines(
    'Host gw1.example',
    'Port 1',
    'Host gw1',
    'HostName GW1.example',
    'Match final',
    'User eve',
  );
  expect(await settingsOf(text)).toEqual({ hostname: 'GW1.example', port: '1', user: 'eve' });
});

describe('conditions that are not evaluated', () => {
  const problems = async (...each: readonly string[]) => {
    const config = await configOf(lines(...each));
    return resolveSettings(config, [], { host: 'gw1', localUser: 'ada' }).problems;
  };

  test('are an error where they decide something, named by file and line', async () => {
    expect(await problems('Host web', 'Match host gw1 exec "test -e /vpn"', 'ProxyJump bastion')).toEqual([
      expect.objectContaining({
        code: 'undecided-match',
        file: `${HOME}/.ssh/config`,
        line: 2,
        message: expect.stringContaining(`ProxyJump (${HOME}/.ssh/config:3)`),
      }),
    ]);
  });

  test.each([
    ['another condition says no', ['Match exec x host web', 'Port 1']],
    ['the value is set before', ['Port 2', 'Match exec x', 'Port 1']],
    ['what follows has no bearing', ['Match localnetwork 10.0.0.0/8', 'LogLevel ERROR']],
  ])('are none where %s', async (_why, each) => {
    expect(await problems(...each)).toEqual([]);
  });
});

describe('Include', () => {
  test('takes the place of its line, within the block too', async () => {
    const text = lines('Host web', 'Include block', 'Host gw1', 'Include block', 'Port 9');
    const more = { [`${HOME}/.ssh/block`]: lines('Port 1', 'Host gw1', 'User eve', 'Host other', 'Port 3') };
    expect(await settingsOf(text, 'gw1', more)).toEqual({ port: '1', user: 'eve' });
    expect(await settingsOf(text, 'web', more)).toEqual({ port: '1' });
    expect(await settingsOf(text, 'third', more)).toEqual({});
  });

  test('takes wildcards in order, absolute names and ~, and passes over what is missing', async () => {
    const more = {
      [`${HOME}/.ssh/config.d/b.conf`]: 'Port 2\n',
      [`${HOME}/.ssh/config.d/a.conf`]: 'Port 1\n',
      [`${HOME}/.ssh/config.d/.hidden.conf`]: 'Port 3\n',
      '/elsewhere/user': 'User eve\n',
      [`${HOME}/alias`]: 'HostKeyAlias x\n',
    };
    const text = lines('Include missing config.d/*.conf /elsewhere/us[aeiou]r', 'Include ~/alias none/*/x');
    expect(await settingsOf(text, 'gw1', more)).toEqual({ port: '1', user: 'eve', hostkeyalias: 'x' });
  });

  test('of a system file is relative to /etc/ssh', async () => {
    const more = {
      '/etc/ssh/ssh_config': 'Include ssh_config.d/*\n',
      '/etc/ssh/ssh_config.d/one': 'Port 1\n',
    };
    expect(await settingsOf('', 'gw1', more)).toEqual({ port: '1' });
  });
});
