import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createProject, type Project } from './project.ts';

await describeWithLab('a login that stands in ansible.cfg alone', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(1);
    const { knownHostsFile, gateways, inventoryFile } = fleet.lab;
    const keyFile = /^ansible_ssh_private_key_file=(.*)$/m.exec(await readInventory(inventoryFile))?.[1];
    fleet.write('fleet/hosts', `gw1 ansible_host=${gateways[0]?.address}\n`);
    fleet.write(
      'ansible.cfg',
      `[defaults]
inventory = fleet/hosts
remote_user = operator
private_key_file = ${keyFile}
retry_files_enabled = False
[privilege_escalation]
become = True
[ssh_connection]
ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s
ssh_common_args = -o UserKnownHostsFile=${knownHostsFile}
`,
    );
  });
  afterAll(async () => fleet?.down());

  const readInventory = async (file: string) => fleet.sh('controller', `cat ${file}`);
  const sluice = async (words: readonly string[], env = {}) => {
    const { code, stdout, stderr } = await fleet.sluice(words, { SLUICE_INVENTORY: '', ...env }).ended;
    return { code, stdout, stderr };
  };

  test('reaches the gateway, as root', async () => {
    expect(await sluice(['ping'])).toEqual({
      code: 0,
      stdout: expect.stringContaining('gw1 | ok'),
      stderr: '',
    });
  });

  test('is overruled by the environment, and that by a flag', async () => {
    const wrong = { ANSIBLE_REMOTE_USER: 'nobody-here' };
    expect(await sluice(['ping'], wrong)).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('nobody-here'),
    });
    expect(await sluice(['ping', '-u', 'operator'], wrong)).toMatchObject({ code: 0 });
  });

  test('is refused where it asks for another user than root, once and with its place', async () => {
    expect(await sluice(['ping'], { ANSIBLE_BECOME_USER: 'admin' })).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('ANSIBLE_BECOME_USER cannot be "admin"'),
    });
  });

  test('is counted with the forks of the settings', async () => {
    fleet.write('edge.yml', [
      { id: 'edge', hosts: 'gw1', rules: [{ template: 'open.rules.hbs' }], vars: { mark: 'v1' } },
    ]);
    const run = fleet.sluice(['plan', 'edge.yml', '--json'], { SLUICE_INVENTORY: '', ANSIBLE_FORKS: '3' });
    expect(await run.event('run.started')).toMatchObject({ forks: 3, inventories: ['fleet/hosts'] });
    expect((await run.ended).code).toBe(0);
  });
});

describe('sluice config', () => {
  let project: Project;
  beforeAll(() => {
    project = createProject({
      hosts: 'gw1 ansible_host=127.0.0.1\n',
      'ansible.cfg': '[defaults]\ninventory = hosts\nforks = 9\nnocows = 1\n',
    });
  });
  afterAll(() => project.remove());

  test('shows what counts; other commands go by it', async () => {
    const { code, stdout, stderr } = await project.sluice('config', '--only-changed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      `config_file = ansible.cfg\ninventory(ansible.cfg:2) = ${join(project.folder, 'hosts')}\nforks(ansible.cfg:3) = 9\n`,
    );
    expect((await project.sluice('inventory', '--graph')).stdout).toContain('|--gw1');
  });

  test('what is wrong stops every command, with its place', async () => {
    project.write({ 'ansible.cfg': '[defaults]\nforks = x\nhash_behaviour = merge\n' });
    for (const words of [['config'], ['inventory', '--list'], ['ping']]) {
      const { code, stderr } = await project.sluice(...words);
      expect({ words, code }).toEqual({ words, code: 1 });
      expect(stderr).toContain('ansible.cfg:2: forks = "x": it must be a whole number');
      expect(stderr).toContain('ansible.cfg:3: hash_behaviour = "merge" is not supported');
    }
  });

  test('a password that a setting asks for needs a terminal; the setting is named', async () => {
    project.write({
      'ansible.cfg': '[defaults]\ninventory = hosts\n[privilege_escalation]\nbecome_ask_pass = yes\n',
    });
    const { code, stderr } = await project.sluice('ping');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        "become_ask_pass (ansible.cfg:4) asks for sudo's password on a terminal, and there is none",
      ),
    });
  });

  test('a directory that anybody may write to has no say', async () => {
    chmodSync(project.folder, 0o777);
    const { code, stdout, stderr } = await project.sluice('config', '--only-changed');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'config_file = .ansible.cfg\n' });
    expect(stderr).toContain('warning: ansible.cfg: not read, because anybody may write to this directory');
  });
});
