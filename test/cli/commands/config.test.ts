import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type ConfigArguments, showConfig } from '../../../src/cli/commands/config.ts';
import { ProblemsError } from '../../../src/problem.ts';
import { folderWith } from '../../project/inventory-folders.ts';

const CFG = `[defaults]
inventory = hosts, more
forks = 7
nocows = 1
remot_user = ada
error_on_undefined_vars = no
[sudo_become_plugin]
password = hunter2
`;

async function show(args: Partial<ConfigArguments>, cfg = CFG, env: Readonly<Record<string, string>> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const cwd = folderWith({ 'ansible.cfg': cfg });
  const places = { env, cwd, home: cwd, systemFile: '/nowhere' };
  const asked = { 'only-changed': false, json: false, verbose: 0, ...args };
  const failure: unknown = await showConfig(asked, { stdout, stderr, places }).catch((error) => error);
  const plain = async (stream: PassThrough) => (await text(stream.end())).replaceAll(cwd, '/cwd');
  return { stdout: await plain(stdout), stderr: await plain(stderr), failure };
}

it('shows what is set, and where', async () => {
  const { stdout, stderr } = await show({ 'only-changed': true }, CFG, { ANSIBLE_TIMEOUT: '20' });
  expect(stdout).toBe(`config_file = ansible.cfg
inventory(ansible.cfg:2) = /cwd/hosts, /cwd/more
forks(ansible.cfg:3) = 7
timeout(ANSIBLE_TIMEOUT) = 20
become_password(ansible.cfg:8) = [secret]
error_on_undefined_vars(ansible.cfg:6) = false
`);
  expect(stderr).toBe(`warning: ansible.cfg:6: error_on_undefined_vars = false is not supported
    An undefined variable is an error in sluice all the same.
warning: ansible.cfg:5: [defaults] remot_user has no effect
    Ansible does not know it. Did you mean "remote_user"?
`);
});

it('shows the defaults, too', async () => {
  const { stdout } = await show({});
  expect(stdout).toContain('\nremote_user(default) = none\n');
  expect(stdout).toContain('\nhost_key_checking(default) = true\n');
  expect((await show({}, '')).stdout).toContain('\nforks(default) = 32\n');
});

it('shows what has no effect, and why', async () => {
  const { stdout } = await show({ verbose: 1 });
  expect(stdout).toContain('\n  ansible.cfg:4: [defaults] nocows: no bearing on what sluice does\n');
});

it('speaks JSON, without a secret', async () => {
  const { stdout } = await show({ json: true, 'only-changed': true, verbose: 1 });
  expect(JSON.parse(stdout)).toMatchObject({
    config_file: 'ansible.cfg',
    settings: [
      { name: 'inventory', value: ['/cwd/hosts', '/cwd/more'], origin: 'ansible.cfg:2' },
      { name: 'forks', value: 7, origin: 'ansible.cfg:3' },
      { name: 'become_password', value: '[secret]', origin: 'ansible.cfg:8' },
      { name: 'error_on_undefined_vars', value: false, origin: 'ansible.cfg:6' },
    ],
    ignored: [
      { line: 4, key: 'nocows' },
      { line: 5, key: 'remot_user' },
    ],
  });
  expect(stdout).not.toContain('hunter2');
});

it('fails with all that is wrong, after it has shown what is right', async () => {
  const { stdout, failure } = await show({}, '[defaults]\nforks = x\nhash_behaviour = merge\ntimeout = 5\n');
  expect(stdout).toContain('timeout(ansible.cfg:4) = 5');
  expect(failure instanceof ProblemsError && failure.problems.map(({ line }) => line)).toEqual([2, 3]);
});
