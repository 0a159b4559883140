import { expect, test } from 'vitest';
import { createReach } from '../../../src/cli/operations/reach.ts';
import { ProblemsError } from '../../../src/problem.ts';
import { Vaulted } from '../../../src/sensitive.ts';
import { encrypt, noVault, vaultWith } from '../../vault/vaults.ts';

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
