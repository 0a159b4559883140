import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { downLab, findLabs } from '../../src/lab/down.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { signalProgram } from '../../src/lab/processes.ts';
import { runProgram } from '../../src/lab/program.ts';
import { upLab } from '../../src/lab/up.ts';
import { describeWithLab } from './skip.ts';

await describeWithLab('a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await upLab({ gateways: 2 });
  });
  afterAll(() => downLab(lab.id));

  test('root and operator log in at the controller, over both families, with host keys checked', async () => {
    for (const { name, address, address6 } of lab.gateways) {
      expect(await ssh(lab, `root@${address}`, 'hostname; id -un')).toEqual(`${name}\nroot\n`);
      expect(await ssh(lab, `operator@${address6}`, 'id -un; sudo -n id -un')).toEqual('operator\nroot\n');
    }
  });

  test("a gateway's host key is its own", async () => {
    const [first, second] = lab.gateways;
    const asSecond = ['-o', `HostKeyAlias=${second?.name}`];
    const answer = await lab.exec('controller', [
      ...sshArgv(lab, asSecond),
      `root@${first?.address}`,
      'true',
    ]);
    expect(answer.code).toBe(255);
    expect(answer.stderr).toContain('Host key verification failed');
  });

  test('engines alternate, for both families and whichever program is called', async () => {
    const versions = 'for p in iptables ip6tables; do for v in "" -save -restore; do $p$v -V; done; done';
    expect(await shell(lab, 'gw1', versions)).toMatch(/^(ip6?tables\S* v\S+ \(nf_tables\)\n){6}$/);
    expect(await shell(lab, 'gw2', versions)).toMatch(/^(ip6?tables\S* v\S+ \(legacy\)\n){6}$/);
  });

  test('rules of a gateway show neither in another one nor on this machine', async () => {
    await shell(lab, 'gw1', 'iptables -A INPUT -m comment --comment only-here -j ACCEPT');
    expect(await shell(lab, 'gw1', 'iptables-save')).toContain('only-here');
    expect(await shell(lab, 'gw2', 'iptables-save')).not.toContain('only-here');
    expect((await runProgram(['iptables-nft-save'])).stdout).not.toContain('only-here');
  });

  test('backends answer with their names, over both families, seen from a gateway', async () => {
    for (const { name, address, address6 } of lab.backends) {
      const answers = await shell(lab, 'gw1', `curl -sS http://${address}/ http://[${address6}]/any/path`);
      expect(answers).toBe(`${name}\n${name}\n`);
    }
    expect(await shell(lab, 'gw1', 'curl -sSi http://10.65.255.1/')).toContain('Connection: close');
  });

  test('a gateway forwards between the client and the backends', async () => {
    const rules = [
      'iptables -t nat -A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to-destination 10.65.255.2',
      'iptables -t nat -A POSTROUTING -o lan -j MASQUERADE',
      'ip6tables -t nat -A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to-destination fd00:65::b:3',
      'ip6tables -t nat -A POSTROUTING -o lan -j MASQUERADE',
    ];
    for (const { name, address, address6 } of lab.gateways) {
      await shell(lab, name, rules.join(' && '));
      expect(await shell(lab, 'client', `curl -sS http://${address}/ http://[${address6}]/`)).toBe(
        'b2\nb3\n',
      );
    }
  });

  test('the desk is logged in to past the gateways, and its way out leads through the first one', async () => {
    const { name, address, sideAddress } = lab.desk;
    expect(await ssh(lab, `operator@${sideAddress}`, 'hostname; id -un')).toBe(`${name}\noperator\n`);
    const asGateway = [...sshArgv(lab, ['-o', 'HostKeyAlias=gw1']), `root@${sideAddress}`, 'true'];
    expect((await lab.exec('controller', asGateway)).stderr).toContain('Host key verification failed');
    expect(await shell(lab, name, 'sysctl -n net.ipv4.ip_forward')).toBe('0\n');

    const ping = (place: string, patience = 1) =>
      `ping -q -c 1 -W ${patience} ${place} >/dev/null && echo reached || echo silent`;
    const [gw1] = lab.gateways;
    const masquerade = 'iptables -t nat -I POSTROUTING -o wan -j MASQUERADE';
    await shell(lab, 'gw1', masquerade);
    expect(await shell(lab, name, ping('10.64.255.2', 20))).toBe('reached\n');
    await shell(lab, 'gw1', 'iptables -I FORWARD -s 10.65.255.250 -j DROP');
    expect(await shell(lab, name, ping('10.64.255.2'))).toBe('silent\n');
    await shell(lab, 'gw1', 'iptables -F FORWARD; iptables -t nat -D POSTROUTING 1');
    // Nobody but the controller comes in past the gateways.
    expect(await shell(lab, 'client', ping(sideAddress))).toBe('silent\n');
    expect(await shell(lab, 'controller', ping(address))).toBe('silent\n');
    expect(await shell(lab, name, ping(gw1?.lanAddress ?? '', 20))).toBe('reached\n');
  });

  test('what a gateway writes stays its own', async () => {
    const files = [
      '/var/lib/sluice/mark',
      '/etc/iptables/mark',
      '/etc/mark',
      '/run/mark',
      '/tmp/mark',
      '/root/mark',
    ];
    for (const file of files) await shell(lab, 'gw1', `mkdir -p "$(dirname ${file})" && touch ${file}`);
    const seen = `ls ${files.join(' ')} 2>/dev/null || true`;
    expect((await shell(lab, 'gw1', seen)).trim().split('\n')).toHaveLength(files.length);
    expect(await shell(lab, 'gw2', seen)).toBe('');
    expect(files.filter((file) => existsSync(file))).toEqual([]);
  });

  test('a gateway sees its own name, processes and forwarding, and not the key of the lab', async () => {
    expect(await shell(lab, 'gw2', 'hostname; cat /etc/hostname; cat /proc/1/comm')).toBe('gw2\ngw2\nsh\n');
    expect(await shell(lab, 'gw2', 'pgrep -c sshd')).toBe('1\n');
    expect(await shell(lab, 'gw2', 'sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding')).toBe(
      '1\n1\n',
    );
    expect((await lab.exec('gw2', ['test', '-e', lab.folder])).code).toBe(1);
  });

  test('the controller is this machine, but for the network', async () => {
    expect(await shell(lab, 'controller', 'pwd')).toBe(`${process.cwd()}\n`);
    expect(await shell(lab, 'controller', 'ls /sys/class/net >/dev/null; ip -o link | wc -l')).toBe('2\n');
  });

  test('exec passes stdin, exit codes and deaths by signal', async () => {
    expect(await lab.exec('gw1', ['cat'], { stdin: 'text' })).toEqual({
      code: 0,
      stdout: 'text',
      stderr: '',
    });
    expect((await lab.exec('client', ['sh', '-c', 'exit 7'])).code).toBe(7);
    expect((await lab.exec('client', ['sh', '-c', 'kill -TERM $$'])).code).toBe(143);
    expect(() => lab.command('gw9', ['true'])).toThrow('no place "gw9"');
  });

  test.each(['controller', 'gw1'])('a signal reaches the program itself, at %s', async (place) => {
    const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done';
    const [file = '', ...args] = lab.command(place, ['sh', '-c', script]);
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    signalProgram(child.pid ?? 0, 'SIGTERM');
    expect(await once(child, 'exit')).toEqual([9, null]);
  });

  test.each(['controller', 'gw1'])('exec ends when it is aborted, at %s', async (place) => {
    const stop = new AbortController();
    const ended = lab.exec(place, ['sh', '-c', 'sleep 1000; true'], { signal: stop.signal });
    stop.abort();
    expect((await ended).code).toBe(137);
  });

  test('only root may look into its folder', () => {
    expect(statSync(lab.folder).mode & 0o777).toBe(0o700);
    expect(statSync(lab.keyFile).mode & 0o777).toBe(0o600);
  });

  test('a second lab stands beside it, on the same addresses', async () => {
    const other = await upLab({ gateways: 1, backends: 1, backend: 'legacy' });
    try {
      expect(other.gateways[0]?.address).toBe(lab.gateways[0]?.address);
      await shell(other, 'gw1', 'touch /run/other');
      expect((await lab.exec('gw1', ['test', '-e', '/run/other'])).code).toBe(1);
      expect(await standing()).toEqual(expect.arrayContaining([lab.id, other.id]));
    } finally {
      await downLab(other.id);
    }
    expect(await ssh(lab, 'root@10.64.0.1', 'hostname')).toBe('gw1\n');
    expect(await standing()).not.toContain(other.id);
  });
});

async function standing(): Promise<readonly string[]> {
  return (await findLabs()).filter(({ kind }) => kind === 'standing').map(({ id }) => id);
}

async function shell(lab: Lab, place: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(place, ['sh', '-c', script]);
  if (code !== 0) throw new Error(`${place}: ${script}: ${code}: ${stderr}`);
  return stdout;
}

async function ssh(lab: Lab, target: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec('controller', [...sshArgv(lab, []), target, script]);
  if (code !== 0) throw new Error(`ssh ${target}: ${code}: ${stderr}`);
  return stdout;
}

function sshArgv({ keyFile, knownHostsFile }: Lab, more: readonly string[]): readonly string[] {
  const options = [`UserKnownHostsFile=${knownHostsFile}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes'];
  return ['ssh', '-F', 'none', '-i', keyFile, ...options.flatMap((option) => ['-o', option]), ...more];
}
