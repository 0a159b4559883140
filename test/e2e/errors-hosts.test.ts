import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKeyPair } from '../../src/lab/keys.ts';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, type EndedRun, type Fleet, rulesOf } from './fleet.ts';

await describeWithLab('a host where something is wrong', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(12);
    fleet.write('templates/masquerade.hbs', '*nat\n:PREROUTING ACCEPT [0:0]\n# a comment\n-A PREROUTING -j MASQUERADE\nCOMMIT\n');
    fleet.write('open.yml', [play('open', 'open.rules.hbs')]);
    fleet.write('masq.yml', [play('masq', 'masquerade.hbs')]);
    fleet.write('masq6.yml', [{ ...play('masq', 'masquerade.hbs'), families: ['ipv6'] }]);
  });
  afterAll(() => fleet.down());

  const play = (id: string, template: string) => ({ id, hosts: 'gateways', rules: [{ template, vars: { mark: 'v1' } }] });
  async function run(...words: string[]): Promise<EndedRun> {
    const ended = await fleet.sluice(words).ended;
    appendFileSync('/tmp/err/out/hosts', `\n##### sluice ${words.join(' ')} [exit ${ended.code}]\n${ended.stdout}--stderr\n${ended.stderr}`);
    return ended;
  }
  const both = async (gw: string, ...words: string[]) => {
    const before = await rulesOf(fleet, gw).catch(() => '');
    await run('ping', gw, ...words);
    await run('plan', 'open.yml', '-l', gw, ...words);
    await run('apply', 'open.yml', '-l', gw, ...words);
    expect(await rulesOf(fleet, gw).catch(() => '')).toBe(before);
  };
  test.concurrent('ok', async () => {
    await run('ping', 'gw1');
    await run('plan', 'open.yml', '-l', 'gw1', '--detailed-exitcode');
    await run('apply', 'open.yml', '-l', 'gw1');
    await run('apply', 'open.yml', '-l', 'gw1');
  });
  test.concurrent('foreign table', async () => {
    await fleet.sh('gw2', 'iptables -A INPUT -s 10.9.0.0/16 -j DROP; iptables -N MINE');
    await both('gw2');
    await run('apply', 'open.yml', '-l', 'gw2', '--take-over');
  });
  test.concurrent('foreign chain', async () => {
    await run('apply', 'open.yml', '-l', 'gw3');
    await fleet.sh('gw3', 'iptables -N MINE; iptables -A MINE -s 10.9.0.0/16 -j DROP; iptables -I INPUT -j MINE');
    await both('gw3');
    await run('apply', 'open.yml', '-l', 'gw3', '--take-over');
  });
  test.concurrent('lock', async () => {
    const first = fleet.sluice(['apply', 'open.yml', '-l', 'gw4', '--json']);
    await first.event('host.armed');
    first.kill('SIGSTOP');
    await run('ping', 'gw4');
    await run('plan', 'open.yml', '-l', 'gw4');
    await run('apply', 'open.yml', '-l', 'gw4');
    first.kill('SIGCONT');
    await first.ended;
  });
  test.concurrent('kernel', async () => {
    await run('apply', 'masq.yml', '-l', 'gw5,gw6');
    await run('apply', 'masq6.yml', '-l', 'gw5');
    await run('apply', 'masq6.yml', '-l', 'gw6');
  });
  test.concurrent('no sudo', async () => {
    await fleet.sh('gw7', "sed -i /operator/d /etc/sudoers");
    await both('gw7');
    await fleet.sh('gw7', "echo 'operator ALL=(ALL) ALL' >>/etc/sudoers");
    await both('gw7');
    fleet.write('nobecome', '[gateways]\ngw7 ansible_become=false\n');
    await both('gw7', '-i', fleet.lab.inventoryFile, '-i', 'nobecome');
  });
  test.concurrent('no iptables', async () => {
    await fleet.sh('gw8', 'rm /etc/alternatives/iptables*');
    await both('gw8');
  });
  test.concurrent('mix', async () => {
    await fleet.sh('gw9', 'iptables-legacy -A INPUT -s 10.9.0.0/16 -j DROP');
    await both('gw9');
  });
  test.concurrent('disk', async () => {
    await fleet.sh('gw10', 'mkdir -p /var/lib/sluice && mount -t tmpfs -o size=64k tmpfs /var/lib/sluice && dd if=/dev/zero of=/var/lib/sluice/full bs=4k 2>/dev/null; true');
    await both('gw10');
    await fleet.sh('gw10', 'rm /var/lib/sluice/full; mount -o remount,ro /var/lib/sluice');
    await both('gw10');
  });
  test.concurrent('timeout', async () => {
    await fleet.sh('gw11', 'iptables -I INPUT -p tcp --dport 22 -j DROP');
    await both('gw11', '-T', '2');
  });
  test.concurrent('connect', async () => {
    const lab = ['-i', fleet.lab.inventoryFile, '-i'];
    fleet.write('port', '[gateways]\ngw12 ansible_port=2222\n');
    await both('gw12', ...lab, 'port');
    fleet.write('route', '[gateways]\ngw12 ansible_host=203.0.113.9\n');
    await both('gw12', ...lab, 'route');
    fleet.write('name', '[gateways]\ngw12 ansible_host=gw12.invalid\n');
    await both('gw12', ...lab, 'name');
    fleet.write('key', newKeyPair('wrong').privateKey);
    await fleet.sh('controller', `chmod 600 ${fleet.folder}/key`);
    fleet.write('wrongkey', `[gateways]\ngw12 ansible_ssh_private_key_file=${fleet.folder}/key\n`);
    await both('gw12', ...lab, 'wrongkey');
    fleet.write('nokey', `[gateways]\ngw12 ansible_ssh_private_key_file=${fleet.folder}/nokey.pem\n`);
    await both('gw12', ...lab, 'nokey');
    fleet.write('unknown', `[gateways]\ngw12 ansible_ssh_common_args='-o UserKnownHostsFile=${fleet.folder}/kh0'\n`);
    await both('gw12', ...lab, 'unknown');
    fleet.write('kh', `# old\n10.64.0.12 ${newKeyPair('x').publicKey}\n`);
    fleet.write('changed', `[gateways]\ngw12 ansible_ssh_common_args='-o UserKnownHostsFile=${fleet.folder}/kh'\n`);
    await both('gw12', ...lab, 'changed');
    fleet.write('nouser', `[gateways]\ngw12 ansible_user=nobody2\n`);
    await both('gw12', ...lab, 'nouser');
  });
});
