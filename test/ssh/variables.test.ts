import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { SecretText, Sensitive, Vaulted } from '../../src/sensitive.ts';
import { createController, targetOf } from '../../src/ssh/target.ts';
import { isSealed } from '../../src/ssh/variables.ts';
import { diskOf } from './config/disk.ts';

const account = { home: '/home/ada', localUser: 'ada', uid: 1000, hostname: 'desk.example', env: {} };
const answer = (vars: Vars) =>
  targetOf({ name: 'gw1', groups: [], vars }, {}, createController(account, diskOf({})));
const secret = (text: string) => new Sensitive(text);

describe('variables out of a vault', () => {
  test('work as others do, and the target knows what to hide', async () => {
    const target = await answer({
      ansible_host: secret('192.0.2.7'),
      ansible_port: secret('2222'),
      ansible_user: secret('operator'),
      ansible_become: secret('True'),
      ansible_password: secret('hunter2'),
      ansible_become_password: secret('hunter3'),
    });
    expect(target).toMatchObject({ address: '192.0.2.7', port: 2222, user: 'operator', become: true });
    if (Array.isArray(target)) throw new Error();
    expect([target.password?.reveal(), target.becomePassword?.reveal()]).toEqual(['hunter2', 'hunter3']);
    const hidden = target.secrets?.map((one) => one.reveal());
    expect(hidden).toEqual(expect.arrayContaining(['192.0.2.7', '2222', 'operator', 'True']));
  });

  test('an empty one is not set', async () => {
    expect(await answer({ ansible_user: secret(''), ansible_become_password: secret('') })).toMatchObject({
      user: 'ada',
    });
  });

  test.each([
    ['ansible_host', 'a hunter2'],
    ['ansible_host', 'a"hunter2"'],
    ['ansible_host', '{{ hunter2 }}'],
    ['ansible_port', 'hunter2'],
    ['ansible_user', 'hunter2\n'],
    ['ansible_become', 'hunter2'],
    ['ansible_connection', 'hunter2'],
    ['ansible_private_key_file', '~hunter2/key'],
    ['ansible_ssh_common_args', '-o hunter2'],
    ['ansible_password', 'hunter2\n'],
    ['sluice_helper', 'hunter2'],
  ])('a wrong %s is refused without being shown', async (name, text) => {
    const problems = await answer({ [name]: secret(text) });
    expect(problems).toMatchObject([{ host: 'gw1' }]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test.each([[secret('192.0.2.7')], [[secret('192.0.2.7')]]])(
    'sluice_addresses are shown in events: refused',
    async (value) => {
      expect(await answer({ sluice_addresses: value })).toMatchObject([
        {
          code: 'invalid-variable',
          message: expect.stringMatching(/^sluice_addresses comes out of a vault/),
        },
      ]);
    },
  );
});

test.each(['ansible_password', 'ansible_host'])(
  '%s of a SOPS file is refused, not taken for the text itself',
  async (name) => {
    expect(
      await answer({ [name]: 'ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=,type:str]' }),
    ).toMatchObject([{ message: `${name} is encrypted with SOPS, which is not decrypted` }]);
  },
);

describe('sealed variables', () => {
  const sealed = () => new Vaulted('$ANSIBLE_VAULT;1.1;AES256\n61', { file: 'host_vars/gw1.yml', line: 3 });

  test('are named, so that somebody opens them', async () => {
    const [user, password] = [sealed(), sealed()];
    const problems = await answer({ ansible_user: user, ansible_password: password, ansible_port: 'x' });
    if (!Array.isArray(problems)) throw new Error();
    expect(problems.filter(isSealed).map((problem) => problem.sealed)).toEqual([
      { name: 'ansible_user', values: [user] },
      { name: 'ansible_password', values: [password] },
    ]);
    expect(problems).toHaveLength(3);
    user.open(secret('operator'));
    password.open(secret('hunter2'));
    expect(await answer({ ansible_user: user, ansible_password: password })).toMatchObject({
      user: 'operator',
    });
  });

  test('inside a longer text, too', async () => {
    const part = sealed();
    const vars = { ansible_user: new SecretText(['op-', part]) };
    expect(await answer(vars)).toMatchObject([{ code: 'vault-sealed', sealed: { values: [part] } }]);
    part.open(secret('one'));
    expect(await answer(vars)).toMatchObject({ user: 'op-one' });
  });

  test('that nobody reads stay sealed', async () => {
    const vars = { ansible_become_password: sealed(), ansible_winrm_password: sealed(), token: sealed() };
    expect(await answer(vars)).toMatchObject({ become: false });
  });
});
