import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { describeWithLab } from '../lab/skip.ts';
import { encrypt, inline } from '../vault/vaults.ts';
import { createFleet, EDGE, type EndedRun, type Fleet, recapOf, rulesOf } from './fleet.ts';
import { inTerminal } from './pty.ts';

const PASSWORD = 's3cret-of-sudo "ünd\' $weird';
const TOKEN = 'hvs.t0ken-that-nobody-uses';
const DEEP = 'deep-in-a-list-s3cret';
/** Where nobody listens; a number that nothing else prints. */
const PORT = '61007';
const HIDDEN_NAME = 'gw9-behind-the-vault.invalid';
const VAULT = 'sesame ü';

await describeWithLab('connection variables out of a vault', () => {
  let fleet: Fleet;
  let secrets: readonly string[];
  beforeAll(async () => {
    fleet = await createFleet(2);
    const { knownHostsFile, gateways } = fleet.lab;
    const [first = '', second = ''] = gateways.map(({ address }) => address);
    secrets = [first, PASSWORD, 's3cret', TOKEN, DEEP, PORT, HIDDEN_NAME, VAULT, 'sesame'];
    fleet.write(
      'inv/hosts',
      `[gateways]
gw1
gw2 ansible_host=${second}
[broken]
gw8
gw9
[all:vars]
ansible_become=true
ansible_ssh_common_args='-o UserKnownHostsFile=${knownHostsFile}'
`,
    );
    const encrypted = (text: string, id?: string) => encrypt(text, VAULT, id === undefined ? {} : { id });
    fleet.write(
      'inv/host_vars/gw1/vault.yml',
      encrypted(`ansible_host: ${first}\nansible_user: operator\nansible_port: 22\n`, 'prod'),
    );
    fleet.write('inv/host_vars/gw1/plain.yml', `mark: v1\n`);
    fleet.write(
      'inv/group_vars/all/vault.yml',
      encrypted(`ansible_become_password: ${JSON.stringify(PASSWORD)}\nnested: {list: [${DEEP}, 5]}\n`),
    );
    fleet.write(
      'inv/host_vars/gw2.yml',
      `ansible_user: ${inline(encrypted('operator'))}\ntoken: ${inline(encrypt(TOKEN, 'a password that nobody gave'))}\n`,
    );
    fleet.write('inv/host_vars/gw8.yml', encrypted(`ansible_host: 127.0.0.1\nansible_port: ${PORT}\n`));
    fleet.write('inv/host_vars/gw9.yml', `ansible_host: ${inline(encrypted(HIDDEN_NAME))}\n`);
    fleet.write('edge.yml', [EDGE]);
    fleet.write('vault-password', `${VAULT}\n`);
    fleet.write('prod-client.sh', `#!/bin/sh\n[ "$1 $2" = "--vault-id prod" ] && echo '${VAULT}'\n`);
    chmodSync(join(fleet.folder, 'prod-client.sh'), 0o755);
    const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], {
      input: `${PASSWORD}\n`,
      encoding: 'utf8',
    });
    for (const name of ['gw1', 'gw2']) {
      await fleet.sh(name, `sed -i 's|^operator:[^:]*|operator:${hash.trim()}|' /etc/shadow`);
      await fleet.sh(name, "sed -i 's/^operator .*/operator ALL=(root) ALL/' /etc/sudoers");
    }
  });
  afterAll(() => fleet.down());

  const withVault = ['--vault-password-file', 'vault-password'];
  const run = (...words: readonly string[]): Promise<EndedRun> => fleet.sluice([...words, '-i', 'inv']).ended;
  const keyed = (...words: readonly string[]) => run(...words, '--private-key', fleet.lab.keyFile);

  test('they reach the gateways, and a value that nobody uses needs no password', async () => {
    const pinged = await keyed('ping', 'gateways', ...withVault);
    expect(pinged.stderr).toBe('');
    expect(pinged.stdout).toMatch(/gw1 \| ok/);
    expect(pinged.stdout).toMatch(/gw2 \| ok/);
    expectNoSecrets(pinged);
  });

  test('a client script is told which id is wanted', async () => {
    const pinged = await keyed('ping', 'gateways', '--vault-id', 'prod@prod-client.sh');
    expect(pinged.stderr).toBe('');
    expect(pinged.code).toBe(0);
  });

  test('without the password nobody is connected to', async () => {
    const pinged = await keyed('ping', 'gateways');
    expect(pinged).toMatchObject({ code: 1, stdout: '' });
    for (const file of ['inv/group_vars/all/vault.yml', 'inv/host_vars/gw1/vault.yml'])
      expect(pinged.stderr).toContain(`${file}: the file is encrypted with Ansible Vault`);
    expect(pinged.stderr).toMatch(/--vault-id prod@FILE/);
  });

  test('it is asked for once, on the terminal, and what is typed is not shown', async () => {
    const words = ['ping', 'gateways', '-i', 'inv', '--private-key', fleet.lab.keyFile, '-J'];
    const terminal = inTerminal(fleet, words, { columns: 120, rows: 30, echoes: true });
    await terminal.shows('Vault password: ');
    terminal.type(`${VAULT}\r`);
    const { code, terminal: screen } = await terminal.ended;
    const shown = screen.text;
    expect(shown.match(/Vault password/g)).toHaveLength(1);
    expect(shown).toMatch(/gw1 \| ok/);
    expect(shown).not.toContain('sesame');
    expect(code).toBe(0);
  });

  test('a program that gives the password may ask on the terminal itself', async () => {
    fleet.write('asking', '#!/bin/sh\nprintf "Unlock: " >&2\nread -r word\necho "$word"\n');
    chmodSync(join(fleet.folder, 'asking'), 0o755);
    const words = ['ping', 'gateways', '-i', 'inv', '--private-key', fleet.lab.keyFile];
    const flags = ['--vault-password-file', 'asking'];
    const terminal = inTerminal(fleet, [...words, ...flags], { columns: 120, rows: 30 });
    await terminal.shows('Unlock: ');
    terminal.type(`${VAULT}\n`);
    expect((await terminal.ended).code).toBe(0);
  });

  test('a host that is not reached is told without its address and port', async () => {
    const pinged = await keyed('ping', 'broken', ...withVault);
    expect(pinged.code).toBe(4);
    expect(pinged.stdout).toMatch(/gw8 \| UNREACHABLE! => \[secret\] port \[secret\] refuses connections/);
    expect(pinged.stdout).toMatch(/gw9 \| UNREACHABLE! => .*\[secret\]/);
    expectNoSecrets(pinged);
  });

  test('no command leaves a trace of them, here or on the gateway', async () => {
    const runs = [
      await run('inventory', '--list', ...withVault),
      await run('inventory', '--host', 'gw1', ...withVault),
      await run('inventory', '--graph', '--vars', ...withVault),
      await run('render', 'edge.yml', ...withVault),
      await run('render', 'edge.yml', '-o', 'rendered', ...withVault),
      await keyed('plan', 'edge.yml', '--json', ...withVault),
      await keyed('apply', 'edge.yml', '--json', '-v', ...withVault),
      await keyed('apply', 'edge.yml', '-v', ...withVault),
      await keyed('status', 'gateways', '--json', '-v', ...withVault),
      await keyed('status', 'gateways', '-v', ...withVault),
      await keyed('unlock', 'gateways', '--json', ...withVault),
      await keyed('status', '--json', ...withVault),
      await keyed('remove', 'gateways', '--json', ...withVault),
    ];
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    for (const ended of runs) expectNoSecrets(ended);
    const applied = runs[6];
    expect(applied && recapOf(applied)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect(await rulesOf(fleet, 'gw1')).toContain('--comment v1');
    await expectNoTraces(filesBelow(join(fleet.folder, 'rendered')));
  });

  test('through templates they reach the gateways just so, and leave no trace either', async () => {
    const [first = '', second = ''] = fleet.lab.gateways.map(({ address }) => address);
    const [vault_start, vault_end] = [PASSWORD.slice(0, 7), PASSWORD.slice(7)];
    const options = `-o UserKnownHostsFile=${fleet.lab.knownHostsFile}`;
    fleet.write('templated/hosts', `[gateways]\ngw1 ansible_host=${first}\ngw2 ansible_host=${second}\n`);
    fleet.write(
      'templated/group_vars/all/vault.yml',
      encrypt(
        stringify({
          vault_start,
          vault_end,
          vault_become_password: '{{ vault_start }}{{ vault_end }}',
          vault_user: 'operator',
        }),
        VAULT,
      ),
    );
    fleet.write(
      'templated/group_vars/all/plain.yml',
      stringify({
        ansible_become: true,
        ansible_become_password: '{{ vault_become_password }}',
        ansible_user: "{{ hostvars['gw2'].vault_user }}",
        ansible_ssh_common_args: options,
      }),
    );
    const [hosts, key] = [join('templated', 'hosts'), fleet.lab.keyFile];
    const templated = (...words: readonly string[]) =>
      fleet.sluice([...words, '-i', hosts, ...withVault, '--private-key', key]).ended;
    const runs = [
      await templated('apply', 'edge.yml', '--json', '-v'),
      await templated('plan', 'edge.yml', '-v'),
      await fleet.sluice(['inventory', '--list', '-i', hosts, ...withVault]).ended,
    ];
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
    const [applied, , listed] = runs;
    expect(applied && recapOf(applied)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect(await rulesOf(fleet, 'gw2')).toContain('--comment v1');
    expect(listed?.stdout).toContain('"ansible_become_password": "{{ vault_become_password }}"');
    secrets = secrets.filter((secret) => secret !== first).concat(vault_end.trim());
    for (const ended of runs) expectNoSecrets(ended);
    await expectNoTraces();
    const inputs = filesBelow(join(fleet.folder, '.sluice')).map((file) => readFileSync(file, 'utf8'));
    expect(inputs).toContain(
      '# Not kept in the journal: ansible_become_password refers to other variables.\n',
    );
  });

  test('rendering one is refused, with variable, template and line', async () => {
    fleet.write(
      'templates/leak.rules.hbs',
      '*filter\n:INPUT ACCEPT [0:0]\n{{#each nested.list}}\n-A INPUT -s {{this}} -j DROP\n{{/each}}\nCOMMIT\n',
    );
    const checks = [{ name: 'site', http: 'http://192.0.2.1/?t={{token}}' }];
    fleet.write('leak.yml', [{ ...EDGE, rules: [{ template: 'leak.rules.hbs' }], checks }]);
    const refused = await keyed('apply', 'leak.yml', '-l', 'gw2', ...withVault);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/leak\.rules\.hbs:4 \(gw2\): nested\.list\[0\] comes out of a vault/);
    expect(refused.stderr).toMatch(/check "site": token comes out of a vault/);
    expect(refused.stderr).toMatch(/keep addresses and ports out of the vault/);
    expectNoSecrets(refused);
  });

  async function expectNoTraces(more: readonly string[] = []): Promise<void> {
    const kept = filesBelow(join(fleet.folder, '.sluice'));
    expect(kept.length).toBeGreaterThan(5);
    for (const file of [...kept, ...more])
      for (const secret of secrets)
        expect({ file, holds: readFileSync(file).includes(secret) }).toEqual({ file, holds: false });
    for (const name of ['gw1', 'gw2'])
      expect(
        await fleet.sh(name, 'grep -rlaE "s3cret|sesame" /var/lib/sluice /run /tmp || echo nowhere'),
      ).toBe('nowhere\n');
  }

  function expectNoSecrets({ stdout, stderr }: EndedRun): void {
    for (const secret of secrets) expect(`${stdout}${stderr}`).not.toContain(secret);
  }
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
