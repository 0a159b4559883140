import { expect, it } from 'vitest';
import { forksOf, withSettings } from '../../src/cli/settings.ts';
import { settle } from '../settings/sources.ts';

const CFG = `[defaults]
forks = 7
remote_user = deploy
remote_port = 2222
private_key_file = id
timeout = 30
host_key_checking = no
ask_pass = yes
connection_password_file = pass
become_password_file = sudo
[privilege_escalation]
become = yes
become_user = admin
[ssh_connection]
ssh_args = -C
`;
const { settings } = settle(CFG);
const NOTHING_TYPED = { passwordsFrom: {} };

it('what nobody typed comes from the settings', () => {
  expect(withSettings(NOTHING_TYPED, settings)).toEqual({
    user: 'deploy',
    become: true,
    privateKeyFile: '/etc/fleet/id',
    timeoutSeconds: 30,
    passwordsFrom: {
      connection: { kind: 'terminal', askedBy: 'ask_pass (ansible.cfg:8)' },
      become: { kind: 'file', file: '/etc/fleet/sudo' },
    },
    settings: {
      port: 2222,
      hostKeyChecking: false,
      sshArgs: { text: '-C', from: 'ssh_args (ansible.cfg:15)' },
      becomeUser: { text: 'admin', from: 'become_user (ansible.cfg:13)' },
    },
  });
});

it('what was typed counts before them', () => {
  const typed = {
    user: 'typed',
    become: false,
    privateKeyFile: 'typed',
    timeoutSeconds: 3,
    passwordsFrom: { connection: { kind: 'file', file: 'c' }, become: { kind: 'terminal' } },
  } as const;
  expect(withSettings(typed, settings)).toMatchObject(typed);
  expect([forksOf({ forks: 2 }, settings), forksOf({ forks: undefined }, settings)]).toEqual([2, 7]);
});

it('where neither says anything, nothing is said', () => {
  const none = settle(undefined).settings;
  expect(withSettings(NOTHING_TYPED, none)).toEqual({ passwordsFrom: {}, settings: {} });
  expect(forksOf({ forks: undefined }, none)).toBe(32);
});

it("sudo's password of the environment counts before its file", () => {
  const { become } = withSettings(
    NOTHING_TYPED,
    settle(CFG, { ANSIBLE_BECOME_PASS: 'hunter2' }).settings,
  ).passwordsFrom;
  expect(become?.kind === 'value' && [become.from, become.value.reveal()]).toEqual([
    'ANSIBLE_BECOME_PASS',
    'hunter2',
  ]);
});
