import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as commands from '../../src/gateway/commands.ts';
import { formatHelper, versionOf } from '../../src/gateway/helper.ts';
import { formatInstalledPayload, formatPayload, type GatewayScripts } from '../../src/gateway/program.ts';
import { loadGatewayScripts } from '../../src/project/scripts.ts';
import type { RemoteCommand } from '../../src/remote.ts';
import { desiredState } from './desired.ts';
import { createSandbox, type Sandbox, sandboxMissing } from './sandbox.ts';

const HELPER = '/run/sluice-helper';
const CONNECTION = '198.51.100.7 40000 203.0.113.1 22';
const OPEN =
  '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "a/b - c" -j ACCEPT\nCOMMIT\n';
/** What iptables-restore and ipset would read as two lines, the second of them hidden from whoever reads lines. */
const LONG_RULE = `*filter\n# ${'x'.repeat(10_237)}-A INPUT -M /tmp/evil\nCOMMIT\n`;
const LONG_SET = `create a hash:ip ${' '.repeat(1100)}\n`;
const scripts: GatewayScripts = await loadGatewayScripts();
const version = versionOf(scripts);

describe.skipIf(sandboxMissing() !== undefined).each([
  { backend: 'nft', userland: 'debian' },
  { backend: 'legacy', userland: 'busybox' },
] as const)('an installed program, $backend, $userland', (options) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox(options);
    await sandbox.sh(`cat >${HELPER}; chmod 755 ${HELPER}`, formatHelper(scripts));
  });
  afterAll(() => sandbox.dispose());

  const run = (args: readonly string[], input: string | Uint8Array = formatInstalledPayload([])) => {
    const [file = '', ...rest] = [...sandbox.prefix, HELPER, ...args];
    const { stdout } = spawnSync(file, rest, { input, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    return stdout;
  };
  const ask = ({ installed, args = [] }: RemoteCommand) =>
    run([installed?.version ?? '', '', CONNECTION, ...args], installed?.stdin);
  const files = (name: string, text: string) => formatInstalledPayload([{ name, text }]);
  const inspect = (input: string | Uint8Array) => run([version, '', CONNECTION, 'inspect', 'edge'], input);
  const ruleset = { family: 'ipv4' as const, text: OPEN, tables: ['filter'], sources: [] };

  test('answers as the program that is sent does', async () => {
    expect(ask(commands.probe(scripts))).toMatch(/^#sluice value backend .*#sluice end probed\n$/s);
    expect(ask(commands.inspect(scripts, 'edge', desiredState([ruleset])))).toMatch(
      /#sluice end inspected\n$/,
    );
    expect(ask(commands.status(scripts, 't1'))).toBe('#sluice end gone\n');
    expect(await sandbox.sh('ls /var/lib')).toBe('');
  });

  test('prepares a transaction whose own copy of the program is what was installed', async () => {
    const request = {
      token: 't1',
      play: 'edge',
      owner: 'ada@here',
      confirmWithinSeconds: 60,
      desired: desiredState([ruleset]),
    };
    const { installed, args = [] } = commands.begin(scripts, request);
    const [file = '', ...rest] = [...sandbox.prefix, HELPER, version, '', CONNECTION, ...args];
    const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(installed?.stdin ?? '');
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk;
      if (said.endsWith('#sluice end prepared\n')) child.stdin.end('go\n');
    }
    expect(said).toMatch(/#sluice end applied\n$/);
    expect(await sandbox.sh('iptables-save')).toContain('a/b - c');
    expect(await sandbox.sh('cat /var/lib/sluice/tx/t1/sluice.sh')).toContain(scripts.program);
    expect(ask(commands.rollback(scripts, 't1', 'enough'))).toMatch(/#sluice end rolled_back\n$/);
    expect(await sandbox.sh('iptables-save')).not.toContain('a/b - c');
  });

  test('takes any reason for a rollback', () => {
    expect(run([version, '', CONNECTION, 'rollback', 't9', `a\u0007b\n${'x'.repeat(9000)}`])).toBe(
      '#sluice end gone\n',
    );
  });

  test('says that it runs, for those who wait for it', () => {
    expect(run([version, 'beef', CONNECTION, 'status', 't9'])).toBe(
      '#sluice-become-ready beef\n#sluice end gone\n',
    );
  });

  test('of another version, refuses before it looks at anything', () => {
    expect(run(['0', 'x', '$(id)', 'runner', '../..'])).toBe(
      `#sluice problem helper-version ${HELPER} is of another version of sluice\n#sluice end refused\n`,
    );
  });

  test.each([
    ['unknown-verb', ['runner', 't1']],
    ['unknown-verb', ['guard', 't1']],
    ['unknown-verb', ['inspect-in-tmpfs', 'edge']],
    ['unknown-verb', ['main']],
    ['unknown-verb', ['probe probe']],
    ['unknown-verb', []],
    ['bad-argument', ['status']],
    ['bad-argument', ['status', 't1', 'more']],
    ['bad-argument', ['status', '..']],
    ['bad-argument', ['status', '../../../root']],
    ['bad-argument', ['status', '.hidden']],
    ['bad-argument', ['status', '-rf']],
    ['bad-argument', ['status', '*']],
    ['bad-argument', ['status', 'a\nb']],
    ['bad-argument', ['status', 'x'.repeat(201)]],
    ['bad-argument', ['inspect', 'a/b']],
    ['bad-argument', ['begin', 't2', '..', 'me', '60']],
    ['bad-argument', ['begin', 't2', 'edge', 'me\nholder=1', '60']],
    ['bad-argument', ['begin', 't2', 'edge', 'me\n', '60']],
    ['bad-argument', ['begin', 't2', 'edge', 'me', '60+x']],
    ['bad-argument', ['begin', 't2', 'edge', 'me', '1000000']],
    ['bad-argument', ['begin', 't2', 'edge', 'me', '0x3c']],
    ['bad-argument', ['begin', 't2', 'edge', 'me', '60', '../t1']],
    ['bad-argument', ['rollback', 't1']],
  ])('%s: %j', (code, args) => {
    expect(run([version, '', CONNECTION, ...args])).toMatch(
      new RegExp(`^#sluice problem ${code} [^\n]*\n#sluice end refused\n$`),
    );
  });

  test.each(['$(id)', 'a  b c d', '* * * *', 'a b c\nd'])('is told no connection like %j', (connection) => {
    expect(run([version, '', connection, 'probe'])).toContain('#sluice problem bad-argument the connection');
  });

  test.each([
    ['desired.ipv4', '*filter\n-A INPUT -M /tmp/evil -m limit -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -M/tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT --modprobe=/tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv6', '*filter\n-A INPUT --mo /tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT "--modprobe" /tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT ""-M /tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -"M" /tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT "\\-M" /tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -nM /tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -m bpf --object-pinned /sys/fs/bpf/x -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -m ../../../tmp/evil -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -m "../../../tmp/evil" -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', LONG_RULE, 2],
    ['desired.ipv4', '*filter\n-F INPUT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n[0:0] -A INPUT -j ACCEPT\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter x\nCOMMIT\n', 1],
    ['desired.ipv4', '*filter\nCOMMIT\n*filter\nCOMMIT\n', 3],
    ['desired.ipv4', '*filter\n:a -j [0:0] -M\nCOMMIT\n', 2],
    ['desired.ipv4', '*filter\n-A INPUT -j\rACCEPT\nCOMMIT\n', 2],
    ['desired.sets', 'create a hash:ip\nlist -file /etc/cron.d/evil\n', 2],
    ['desired.sets', 'create a hash:ip -file /etc/cron.d/evil\n', 1],
    ['desired.sets', 'flush a\n', 1],
    ['desired.sets', LONG_SET, 1],
    ['desired.sysctls', 'kernel.core_pattern |/tmp/evil\n', 1],
    ['desired.sysctls', 'net.ipv4.ip_forward 1\nnet//.kernel.modprobe x\n', 2],
    ['desired.sysctls', 'net/../kernel/modprobe x\n', 1],
    ['desired.sysctls', 'net.ipv4.ip_forward $(id)\n', 1],
    ['kept.sets', '../x\n', 1],
    ['options', 'persist yes\nshell id\n', 2],
  ])('%s: takes no %j', (name, text, line) => {
    expect(inspect(files(name, text))).toMatch(
      new RegExp(`^#sluice problem payload-refused ${name} ${line}: [^\n]*\n#sluice end refused\n$`),
    );
  });

  test.each([
    [
      'desired.sets',
      'create a hash:net family inet comment\nadd a 10.0.0.0/8 comment "the office - Berlin"\n',
    ],
    [
      'desired.sysctls',
      'net.ipv4.ip_forward 1\nnet/ipv4/conf/lo/rp_filter 2\nnet.ipv4.ip_local_port_range 1024 65000\n',
    ],
    ['kept.sets', 'blocked\n'],
    ['options', 'persist no\nconntrack flush_removed\n'],
  ])('%s: takes %j', (name, text) => {
    expect(inspect(files(name, text))).toMatch(/#sluice end inspected\n$/);
  });

  test.each(['sluice.sh', 'rollback.ipv4', 'state.applied', 'owned.ipv4', '..', 'layout'])(
    'has no file %s among what it takes',
    async (name) => {
      expect(inspect(files(name, 'echo evil >/run/evil\n'))).toContain('payload-refused');
      expect(await sandbox.sh('ls /run')).not.toContain('evil');
    },
  );

  test('evaluates nothing that arrives', async () => {
    const evil = 'touch /run/evil';
    for (const input of [
      formatPayload(evil, []),
      `${evil}\n`,
      `$(${evil})\n`,
      `99999999999\n${evil}`,
      `5\n${evil}`,
      `-1\n${evil}`,
      Buffer.concat([
        formatInstalledPayload([{ name: 'options', text: `persist yes\n` }]),
        Buffer.from(evil),
      ]),
      `${`#%sluice-file options 12\npersist yes\n#%sluice-done\n${evil}\n`.length}\n#%sluice-file options 12\npersist yes\n#%sluice-done\n${evil}\n`,
      '',
    ]) {
      inspect(input);
    }
    expect(await sandbox.sh('ls /run')).not.toContain('evil');
  });

  test('that is being replaced by another refuses', async () => {
    const whole = formatHelper(scripts);
    await sandbox.sh(
      'cat >/run/half; chmod 755 /run/half',
      whole.slice(0, whole.lastIndexOf('#%sluice-program')),
    );
    const [file = '', ...rest] = [...sandbox.prefix, '/run/half', version, '', CONNECTION, 'probe'];
    const { stdout } = spawnSync(file, rest, { input: formatInstalledPayload([]), encoding: 'utf8' });
    expect(stdout).toBe('#sluice problem helper-version /run/half is being replaced\n#sluice end refused\n');
  });
});
