import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import {
  createFleet,
  EDGE,
  eventsOf,
  type Fleet,
  HOLD,
  prepareHolds,
  reached,
  recapOf,
  release,
  rulesOf,
  SLUICE,
} from './fleet.ts';
import { inTerminal } from './pty.ts';

const PASSWORD = 's3cret "ünd\' $weird %p';
const HELPER = '/run/sluice-helper';

await describeWithLab('logins that become root by a password, and by an installed program alone', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(2);
    const { knownHostsFile, gateways } = fleet.lab;
    const addresses = gateways.map(({ address }) => address);
    fleet.write(
      'plain',
      `[gateways]
gw1 ansible_host=${addresses[0]}
gw2 ansible_host=${addresses[1]} sluice_helper=${HELPER}
[gateways:vars]
ansible_user=operator
ansible_become=true
ansible_ssh_common_args='-o UserKnownHostsFile=${knownHostsFile}'
`,
    );
    fleet.write('edge.yml', [EDGE]);
    fleet.write('password', `${PASSWORD}\n`);
    const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], {
      input: `${PASSWORD}\n`,
      encoding: 'utf8',
    });
    await fleet.sh('gw1', `sed -i 's|^operator:[^:]*|operator:${hash.trim()}|' /etc/shadow`);
    await fleet.sh('gw1', "sed -i 's/^operator .*/operator ALL=(root) ALL/' /etc/sudoers");
    await fleet.sh('gw2', `sed -i 's|^operator .*|operator ALL=(root) NOPASSWD: ${HELPER}|' /etc/sudoers`);
    const helper = await run(['helper'], false);
    expect(helper.code).toBe(0);
    const install = `cat >${HELPER} && chmod 0755 ${HELPER}`;
    const installed = await fleet.lab.exec('gw2', ['sh', '-c', install], { stdin: helper.stdout });
    expect(installed.code).toBe(0);
  });
  afterAll(() => fleet.down());

  const start = (words: readonly string[], ...flags: readonly string[]) =>
    fleet.sluice([...words, '-i', 'plain', '--private-key', fleet.lab.keyFile, '--json', ...flags]);
  const run = (words: readonly string[], isOfHosts = true, ...flags: readonly string[]) =>
    isOfHosts ? start(words, ...flags).ended : fleet.sluice(words).ended;
  const withFile = ['--become-password-file', 'password'];

  test('ping says who can become root, who can not, and why', async () => {
    const pings = await run(['ping']);
    expect(pings.code).toBe(2);
    const pongs = pings.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(pongs.find(({ host }) => host === 'gw1')).toMatchObject({
      kind: 'failed',
      problem: {
        code: 'become-failed',
        message: expect.stringMatching(/a password is required/),
        remedy: expect.stringMatching(/-K/),
      },
    });
    expect(pongs.find(({ host }) => host === 'gw2')).toMatchObject({ kind: 'ok' });
    const all = await run(['ping'], true, ...withFile);
    expect(all.stderr).toBe('');
    expect(all.code).toBe(0);
  });

  test('a wrong password is told as that', async () => {
    fleet.write('wrong', 'guess\n');
    const pings = await run(['ping', 'gw1'], true, '--become-password-file', 'wrong');
    expect(pings.code).toBe(2);
    expect(JSON.parse(pings.stdout)).toMatchObject({
      problem: {
        message: expect.stringMatching(/1 incorrect password attempt/),
        remedy: expect.stringMatching(/wrong, or not this login's/),
      },
    });
    expect(pings.stdout).not.toContain('guess');
  });

  test('-K without a terminal, or with a file, connects to nobody', async () => {
    const asked = await run(['ping'], true, '-K');
    expect(asked).toMatchObject({ code: 1, stdout: '' });
    expect(asked.stderr).toMatch(/-K asks for sudo's password on a terminal, and there is none/);
    expect((await run(['ping'], true, '-K', ...withFile)).code).toBe(1);
    const login = await run(['ping'], true, '-k');
    expect(login).toMatchObject({ code: 1, stdout: '' });
    expect(login.stderr).toMatch(
      /-k asks for the login's password on a terminal[\s\S]*--connection-password-file/,
    );
    const twice = ['--connection-password-file', '-', '--become-password-file', '-'];
    expect((await run(['ping'], true, ...twice)).stderr).toMatch(/both passwords would be read from stdin/);
    expect(await run(['ping'], true, '--become-password-file', 'nowhere')).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  test.each([
    ['-K', [['BECOME password: ', PASSWORD]]],
    // As in Ansible: sudo's is the login's where nothing is typed for it.
    [
      '-kK',
      [
        ['SSH password: ', PASSWORD],
        ['BECOME password[defaults to SSH password]: ', ''],
      ],
    ],
  ])('%s asks once, on the terminal, and shows nothing of what is typed', async (flags, answers) => {
    const words = [
      process.execPath,
      SLUICE,
      'ping',
      '-i',
      'plain',
      '--private-key',
      fleet.lab.keyFile,
      flags,
    ];
    const argv = fleet.lab.command('controller', words).map((word) => `'${word}'`);
    const child = spawn('script', ['-qec', `exec ${argv.join(' ')}`, '/dev/null'], {
      cwd: fleet.folder,
      env: { ...fleet.env, TERM: 'xterm', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    const waiting = [...answers];
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      shown += chunk;
      const [prompt = '', answer] = waiting[0] ?? [];
      if (prompt === '' || !shown.endsWith(prompt)) continue;
      waiting.shift();
      child.stdin.write(`${answer}\r`);
    }
    expect(waiting).toEqual([]);
    expect(shown.match(/password/g)).toHaveLength(
      answers
        .flat()
        .join()
        .match(/password/g)?.length ?? 0,
    );
    expect(shown).toMatch(/gw1 \| ok.*gw2 \| ok|gw2 \| ok.*gw1 \| ok/s);
    expect(shown).not.toContain('s3cret');
  });

  test('the passphrase of a key is asked for once for all hosts, before any is dialled', async () => {
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-a',
      '1',
      '-N',
      PASSWORD,
      '-f',
      `${fleet.folder}/locked`,
    ]);
    const publicKey = readFileSync(`${fleet.folder}/locked.pub`, 'utf8').trim();
    for (const name of ['gw1', 'gw2']) await fleet.sh(name, `echo '${publicKey}' >>/etc/ssh/authorized_keys`);
    const words = ['ping', '-i', 'plain', '--private-key', 'locked', ...withFile];
    const run = inTerminal(fleet, words, { columns: 150, rows: 24 });
    await run.shows("Enter passphrase for key 'locked': ");
    run.type('wrong\r');
    await run.shows("\nEnter passphrase for key 'locked': ");
    run.type(`${PASSWORD}\r`);
    const { code, terminal } = await run.ended;
    const shown = terminal.text;
    expect(shown).toMatch(/gw1 \| ok.*gw2 \| ok|gw2 \| ok.*gw1 \| ok/s);
    expect(shown.match(/Enter passphrase/g)).toHaveLength(2);
    expect(shown).not.toContain('s3cret');
    expect(code).toBe(0);

    const left = inTerminal(fleet, words, { columns: 150, rows: 24 });
    await left.shows("Enter passphrase for key 'locked': ");
    left.type('\x03');
    expect((await left.ended).code).toBe(130);
  });

  test('both are planned and changed, and the password is nowhere', async () => {
    await prepareHolds(fleet);
    // From the inventory this time, which the journal would keep a copy of.
    const inventory = 'prod/plain2';
    const text = readFileSync(join(fleet.folder, 'plain'), 'utf8').replace(
      /^gw1 .*$/m,
      (line) => `${line} fleet_secret="${PASSWORD.replace('"', '\\"')}"`,
    );
    fleet.write(inventory, text);
    // As people have it: the variable that is asked for refers to one that is kept elsewhere.
    fleet.write('prod/host_vars/gw1.yml', 'ansible_become_password: "{{ fleet_secret }}"\n');
    fleet.write('held.yml', [
      {
        ...EDGE,
        rollout: { canary: 'none', confirm_within: '150s' },
        checks: [{ name: 'hold', from: 'gateway', ...HOLD, timeout: '100s' }],
      },
    ]);
    for (const name of ['gw1', 'gw2']) await fleet.sh(name, 'chmod 666 /tmp/reached /tmp/hold; id');
    const flags = ['-i', inventory, '--private-key', fleet.lab.keyFile];
    const planned = await fleet.sluice(['plan', 'held.yml', ...flags, '--json']).ended;
    expect(planned.stderr).toBe('');
    expect(recapOf(planned)).toEqual({ gw1: 'changed', gw2: 'changed' });

    const running = fleet.sluice(['apply', 'held.yml', ...flags, '-v', '--json']);
    await Promise.all(['gw1', 'gw2'].map((name) => running.event('host.applied', name)));
    await Promise.all(['gw1', 'gw2'].map((name) => reached(fleet, name)));
    // Both sides run now; the lab's processes are this machine's.
    const processes = execFileSync(
      'sh',
      ['-c', "ps -eo args; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '"],
      {
        encoding: 'latin1',
        maxBuffer: 2 ** 28,
      },
    );
    expect(processes).toContain('held.yml');
    expect(processes).not.toContain('s3cret');
    await Promise.all(['gw1', 'gw2'].map((name) => release(fleet, name, 'good')));
    const applied = await running.ended;
    expect(recapOf(applied)).toEqual({ gw1: 'changed', gw2: 'changed' });
    expect(`${applied.stdout}${applied.stderr}${planned.stdout}`).not.toContain('s3cret');
    expect(await fleet.sh('controller', `grep -rla s3cret '${fleet.folder}/.sluice' || echo nowhere`)).toBe(
      'nowhere\n',
    );
    expect(
      await fleet.sh('controller', `grep -rl 'Not kept in the journal' '${fleet.folder}/.sluice'`),
    ).toContain('plain2');
    for (const name of ['gw1', 'gw2']) {
      expect(await rulesOf(fleet, name)).toContain('--comment v1');
      expect(await fleet.sh(name, 'grep -rla s3cret /var/lib/sluice /run /tmp || echo nowhere')).toBe(
        'nowhere\n',
      );
    }
  });

  test('a password under another name, from which a constructed file composes it, is not in the journal', async () => {
    fleet.write('named', '[gateways]\ngw9 sesame=0pen-up ansible_host=127.0.0.1 ansible_port=9\n');
    fleet.write('composed.yml', 'plugin: constructed\ncompose:\n  ansible_become_password: sesame\n');
    fleet.write('nobody.yml', [EDGE]);
    const ended = await fleet.sluice(['apply', 'nobody.yml', '-i', 'named', '-i', 'composed.yml']).ended;
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain('Journal: .sluice/runs/');
    const looks = `cd '${fleet.folder}/.sluice'; grep -rl 0pen-up . || echo nowhere; grep -rl 'it holds a password' .`;
    expect(await fleet.sh('controller', looks)).toMatch(/^nowhere\n\S*named\S*\n$/);
  });

  test('what cuts the operator off is taken back through the installed program, too', async () => {
    const before = await rulesOf(fleet, 'gw2');
    fleet.write('cut.yml', [
      { ...EDGE, rules: [{ template: 'no-new-ssh.rules.hbs' }], rollout: { confirm_within: '15s' } },
    ]);
    const ended = await run(['apply', 'cut.yml', '-l', 'gw2', '-T', '4']);
    expect(ended.code).toBe(2);
    expect(recapOf(ended)).toEqual({ gw2: 'rolledBack' });
    expect(await rulesOf(fleet, 'gw2')).toBe(before);
  });

  test('the login of that gateway can run nothing else as root', async () => {
    const tries = ['sh -c id', 'id', `sh ${HELPER}`, 'iptables-save', '-u nobody id', `${HELPER}x`];
    for (const words of tries)
      expect(await fleet.sh('gw2', `su operator -c 'sudo -n ${words}' 2>&1 || echo refused`)).toMatch(
        /refused\n$/,
      );
    const odd = await fleet.sh(
      'gw2',
      `su operator -c 'sudo -n ${HELPER} 0 "" "1 2 3 4" runner t1' </dev/null`,
    );
    expect(odd).toContain('helper-version');
  });

  test('a program of another version is refused with the remedy, and nothing is changed', async () => {
    const before = await rulesOf(fleet, 'gw2');
    await fleet.sh('gw2', `sed -i 's/^version=.*/version=0/' ${HELPER}`);
    const ended = await run(['apply', 'edge.yml', '-l', 'gw2']);
    expect(eventsOf(ended, 'host.finished', 'gw2')[0]?.outcome).toMatchObject({
      problem: { code: 'helper-version', remedy: expect.stringMatching(/sluice helper prints it/) },
    });
    expect(await rulesOf(fleet, 'gw2')).toBe(before);
  });
});
