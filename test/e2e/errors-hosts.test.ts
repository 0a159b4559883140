import { chmodSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKeyPair } from '../../src/lab/keys.ts';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, type EndedRun, type Fleet, rulesOf } from './fleet.ts';

/** Each trouble has a gateway of its own, so that they can be made at the same time. */
const GATEWAYS = 11;

await describeWithLab('a host where something is wrong', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(GATEWAYS);
    fleet.write('site.yml', [EDGE]);
    // Now, as each case compares the rules before and after.
    await fleet.sh('gw11', 'iptables -t raw -A PREROUTING -p tcp --dport 2223 -j DROP');
  });
  afterAll(() => fleet.down());

  const sluice = (...words: string[]) =>
    fleet.sluice(words.includes('-i') ? words : [...words, '-i', fleet.ownInventory()]).ended;

  /** Of a run that fails and leaves a gateway's rules, of whichever engine, as they were. */
  async function failure(gateway: string, ...words: string[]): Promise<Pick<EndedRun, 'code' | 'stdout'>> {
    const before = await everyRule(gateway);
    const { code, stdout, stderr } = await sluice(...words, '-l', gateway);
    expect(await everyRule(gateway)).toBe(before);
    expect(stderr).toBe('');
    return { code, stdout };
  }

  async function everyRule(gateway: string): Promise<string> {
    const engines = ['iptables-legacy', 'iptables-nft', 'ip6tables-legacy', 'ip6tables-nft'];
    const saved = await fleet.sh(gateway, engines.map((engine) => `${engine}-save`).join('; '));
    return saved.replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
  }

  /** What the end of a run says of one host. */
  function verdict(outcome: string, host: string, reason: string, remedy: string) {
    return expect.stringContaining(`\n${outcome}: ${host}\n    reason: ${reason}\n    remedy: ${remedy}\n`);
  }

  /** Inventories over the lab's own, which change what one host says of itself. */
  function over(name: string, line: string): readonly string[] {
    fleet.write(`over/${name}`, `[gateways]\n${line}\n`);
    return ['-i', fleet.ownInventory(), '-i', `over/${name}`];
  }

  describe.concurrent('that can be reached', () => {
    test('nothing is wrong: a login that becomes root through sudo can ping, plan and apply', async () => {
      const ping = await sluice('ping', 'gw1');
      expect(ping).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^gw1 \| ok => iptables v[\d.]+ \(nf_tables\), /),
      });
      expect(await sluice('plan', 'site.yml', '-l', 'gw1', '--detailed-exitcode')).toMatchObject({ code: 3 });
      expect(await sluice('apply', 'site.yml', '-l', 'gw1')).toMatchObject({ code: 0 });
      expect(await sluice('plan', 'site.yml', '-l', 'gw1', '--detailed-exitcode')).toMatchObject({ code: 0 });
    });

    test('a table that holds rules sluice never wrote: a refusal that shows them, until --take-over', async () => {
      await fleet.sh(
        'gw2',
        'iptables -A INPUT -s 10.9.0.0/16 -j DROP && iptables -A INPUT -s 10.8.0.0/16 -j DROP',
      );
      for (const verb of ['plan', 'apply']) {
        expect(await failure('gw2', verb, 'site.yml')).toEqual({
          code: 2,
          stdout: verdict(
            'failed',
            'gw2',
            'holds rules that sluice never wrote, and the play would replace them: ' +
              'ipv4 filter has 2 rules: -A INPUT -s 10.9.0.0/16 -j DROP, -A INPUT -s 10.8.0.0/16 -j DROP',
            'Move what you want to keep into a template of the play, or replace it on purpose: sluice plan --take-over shows what would go.',
          ),
        });
      }
      expect(await sluice('apply', 'site.yml', '-l', 'gw2', '--take-over')).toMatchObject({ code: 0 });
      expect(await rulesOf(fleet, 'gw2')).not.toContain('10.9.0.0/16');
    });

    test('a chain that sluice never wrote, in a table of its own: the same refusal', async () => {
      expect(await sluice('apply', 'site.yml', '-l', 'gw3')).toMatchObject({ code: 0 });
      await fleet.sh(
        'gw3',
        'iptables -N MINE && iptables -A MINE -j DROP -s 10.9.0.0/16 && iptables -A MINE -j RETURN',
      );
      expect(await failure('gw3', 'apply', 'site.yml')).toEqual({
        code: 2,
        stdout: expect.stringContaining(
          'ipv4 filter has the chain MINE (2 rules, no jump to it)\n    remedy: Move what is yours into a template',
        ),
      });
      expect(await sluice('apply', 'site.yml', '-l', 'gw3', '--take-over')).toMatchObject({ code: 0 });
      expect(await rulesOf(fleet, 'gw3')).not.toContain('MINE');
    });

    test('a lock that another run holds: by whom, since when, for how long', async () => {
      const wait = {
        name: 'go',
        from: 'gateway',
        command: 'test -e /tmp/go',
        retries: 100,
        timeout: '1s',
        delay: '2s',
      };
      fleet.write('wait.yml', [{ ...EDGE, checks: [wait], rollout: { confirm_within: '10m' } }]);
      // From another laptop, as it were: of its own inventory it has the lock.
      fleet.write('laptop.ini', readFileSync(fleet.lab.inventoryFile, 'utf8'));
      const first = fleet.sluice(['apply', 'wait.yml', '-i', 'laptop.ini', '-l', 'gw4', '--json']);
      await first.event('host.applied');
      try {
        const holder = /\S+@\S+ holds the lock since \S+Z \(play edge, transaction \S+, applied, \d+ s left\)/
          .source;
        expect(await sluice('ping', 'gw4')).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(new RegExp(`^gw4 \\| ok => .*\\n {4}${holder}\\n$`)),
        });
        expect(await failure('gw4', 'plan', 'site.yml')).toEqual({
          code: 0,
          stdout: expect.stringMatching(new RegExp(`\\nnote: ${holder}`)),
        });
        expect(await failure('gw4', 'apply', 'site.yml')).toEqual({
          code: 2,
          stdout: expect.stringMatching(
            new RegExp(
              `\\nfailed: gw4\\n {4}reason: ${holder}\\n {4}remedy: Wait until it is done \\(apply, rollback and remove do with --lock-wait 10m\\)`,
            ),
          ),
        });
      } finally {
        await fleet.sh('gw4', 'touch /tmp/go');
      }
      expect(await first.ended).toMatchObject({ code: 0 });
    });

    test.each([
      ['gw5', 'nft', 'It says: iptables-restore v.*\\(Invalid argument\\).*'],
      ['gw6', 'legacy', 'It gives no reason; its log may: dmesg \\| tail'],
    ])(
      'a rule that the kernel refuses, on %s (%s): blamed on its template and line',
      async (gateway, engine, words) => {
        const rules = '*nat\n:PREROUTING ACCEPT [0:0]\n# not here\n-A PREROUTING -j MASQUERADE\nCOMMIT\n';
        fleet.write(`templates/${engine}.hbs`, rules);
        fleet.write(`${engine}.yml`, [
          { ...EDGE, families: ['ipv4'], rules: [{ template: `${engine}.hbs` }] },
        ]);
        for (const verb of ['plan', 'apply']) {
          const { code, stdout } = await failure(gateway, verb, `${engine}.yml`);
          expect(code).toBe(2);
          expect(stdout).toContain(
            `    reason: templates/${engine}.hbs:4: the gateway's kernel refuses this ipv4 rule: -A PREROUTING -j MASQUERADE\n` +
              '    remedy: Correct the rule; nothing was changed on the gateway.\n',
          );
          expect(stdout).toMatch(new RegExp(`on the gateway\\.\\n {8}${words}\\n`));
        }
      },
    );

    test('no sudo, and no become', async () => {
      await fleet.sh('gw7', "sed -i 's/^operator .*/operator ALL=(ALL) ALL/' /etc/sudoers");
      const remedy =
        'Give its password: -K, --become-password-file or ansible_become_password; or let the login run sudo without one: LOGIN ALL=(root) NOPASSWD: ALL in a file of /etc/sudoers.d, or what sluice_helper names in place of the last ALL (docs/sudo.md).';
      expect(await failure('gw7', 'apply', 'site.yml')).toEqual({
        code: 2,
        stdout: verdict('failed', 'gw7', "can't become root: sudo: a password is required", remedy),
      });
      expect(await failure('gw7', 'ping')).toEqual({
        code: 2,
        stdout: `gw7 | FAILED! => can't become root: sudo: a password is required\n    ${remedy}\n`,
      });
      expect(
        await failure('gw7', 'apply', 'site.yml', ...over('no-become', 'gw7 ansible_become=false')),
      ).toEqual({
        code: 2,
        stdout: verdict(
          'failed',
          'gw7',
          'the login runs as operator, not as root',
          'Add -b (become), or set ansible_become=true or ansible_user=root for this host.',
        ),
      });
    });

    test('sudo is not even installed', async () => {
      // Over a layer of its own, as the programs are this machine's.
      await fleet.sh(
        'gw11',
        'cd /tmp && mkdir upper work && mount -t overlay -o lowerdir=/usr/bin,upperdir=upper,workdir=work overlay /usr/bin && rm /usr/bin/sudo',
      );
      expect(await failure('gw11', 'ping')).toEqual({
        code: 2,
        stdout: expect.stringMatching(
          /^gw11 \| FAILED! => can't become root: .*sudo: not found\n {4}Install sudo \(or what sluice_helper names\) there, or log in as root /,
        ),
      });
    });

    test('no iptables', async () => {
      await fleet.sh('gw8', 'rm /etc/alternatives/iptables*');
      for (const words of [['ping'], ['plan', 'site.yml'], ['apply', 'site.yml']]) {
        expect(await failure('gw8', ...words)).toEqual({
          code: 2,
          stdout: expect.stringMatching(
            /not installed on the gateway: iptables iptables-save iptables-restore\n.*Install them there; on Debian: apt-get install iptables /,
          ),
        });
      }
    });

    test('rules of both backends', async () => {
      await fleet.sh('gw9', 'iptables-legacy -A INPUT -s 10.9.0.0/16 -j DROP');
      for (const words of [['ping'], ['plan', 'site.yml'], ['apply', 'site.yml']]) {
        expect(await failure('gw9', ...words)).toEqual({
          code: 2,
          stdout: expect.stringMatching(
            /rules of both iptables backends are loaded: ipv4: iptables is nft, but the other backend holds rules too \(tables: filter ?\)\n.*A DROP in either wins, so one of them must go: see both with iptables-nft-save and iptables-legacy-save/,
          ),
        });
      }
    });

    test('a disk that is full, or read-only', async () => {
      const folder = '/var/lib/sluice';
      const remedy =
        'Free some space or inodes there (df, df -i), or make it writable; nothing was changed on the gateway.';
      await fleet.sh('gw10', `mkdir -p ${folder} && mount -t tmpfs -o size=64k tmpfs ${folder}`);
      await fleet.sh('gw10', `dd if=/dev/zero of=${folder}/full bs=4k 2>/dev/null || true`);
      expect(await failure('gw10', 'apply', 'site.yml')).toEqual({
        code: 2,
        stdout: verdict('failed', 'gw10', `can't write to ${folder}: 0 KiB free on ${folder}`, remedy),
      });
      await fleet.sh('gw10', `rm ${folder}/full && mount -o remount,ro ${folder}`);
      expect(await failure('gw10', 'apply', 'site.yml')).toEqual({
        code: 2,
        stdout: expect.stringMatching(
          /reason: can't write to \/var\/lib\/sluice: .*\n {4}remedy: Free some space/,
        ),
      });
    });
  });

  describe.concurrent('that cannot be reached', () => {
    const address = '10.64.0.11';

    test.each([
      [
        'refused',
        'ansible_port=2222',
        `${address} port 2222 refuses connections`,
        'Check that sshd runs there, that ansible_port is right, and that no firewall rejects this controller.',
      ],
      [
        'no route',
        'ansible_host=203.0.113.9',
        '203.0.113.9 port 22 cannot be reached from here (ENETUNREACH)',
        'Check the route, the VPN and the local firewall: ip route get 203.0.113.9',
      ],
    ])('%s', async (what, line, reason, remedy) => {
      const inventories = over(what, `gw11 ${line}`);
      expect(await failure('gw11', 'apply', 'site.yml', ...inventories)).toEqual({
        code: 4,
        stdout: verdict('unreachable', 'gw11', reason, remedy),
      });
      expect(await failure('gw11', 'ping', ...inventories)).toEqual({
        code: 4,
        stdout: `gw11 | UNREACHABLE! => ${reason}\n    ${remedy}\n`,
      });
    });

    test('timed out', async () => {
      const inventories = over('timed-out', 'gw11 ansible_port=2223');
      expect(await failure('gw11', 'apply', 'site.yml', '-T', '1', ...inventories)).toEqual({
        code: 4,
        stdout: verdict(
          'unreachable',
          'gw11',
          `${address} port 2223 did not answer within 1 s`,
          'Check that the host is up and that no firewall drops the connection; a slow network needs a longer -T.',
        ),
      });
    });

    test('a wrong key, and one that is not there', async () => {
      const key = `${fleet.folder}/wrong-key`;
      fleet.write('wrong-key', newKeyPair('wrong').privateKey);
      chmodSync(key, 0o600);
      const wrong = over('wrong', `gw11 ansible_ssh_private_key_file=${key}`);
      const refused = await failure('gw11', 'apply', 'site.yml', ...wrong);
      expect(refused.code).toBe(4);
      expect(refused.stdout).toContain(
        `    reason: ${address} port 22 does not let user "operator" in\n` +
          '    remedy: Put a public key into ~operator/.ssh/authorized_keys there, or name the right user (-u, ansible_user) and key (--private-key).\n' +
          `        Offered:\n          ${key} (ssh-ed25519 SHA256:`,
      );
      const missing = over('missing', `gw11 ansible_ssh_private_key_file=${key}.pem`);
      expect(await failure('gw11', 'apply', 'site.yml', ...missing)).toEqual({
        code: 4,
        stdout: expect.stringContaining(
          `        Nothing was offered.\n        Not offered: ${key}.pem: no such file\n        The server takes: publickey\n`,
        ),
      });
    });

    test('an unknown host key', async () => {
      const file = `${fleet.folder}/none`;
      const unknown = over('unknown', `gw11 ansible_ssh_common_args='-o UserKnownHostsFile=${file}'`);
      const { code, stdout } = await failure('gw11', 'apply', 'site.yml', ...unknown);
      expect(code).toBe(4);
      expect(stdout).toContain(
        `    reason: no known_hosts file knows the host key of ${address} port 22: ssh-ed25519 SHA256:`,
      );
      expect(stdout).toContain(`Looked in ${file} (no such file), `);
      expect(stdout).toMatch(/^ {10}sluice hostkeys scan gw11$/m);
    });

    test('a changed host key: where the known one stands', async () => {
      const file = `${fleet.folder}/known_hosts`;
      fleet.write('known_hosts', `# as it was\n${address} ${newKeyPair('old').publicKey}\n`);
      const changed = over('changed', `gw11 ansible_ssh_common_args='-o UserKnownHostsFile=${file}'`);
      const { code, stdout } = await failure('gw11', 'apply', 'site.yml', ...changed);
      expect(code).toBe(4);
      expect(stdout).toContain(
        `    reason: ${file}:2: the host key of ${address} port 22 has changed: it offers ssh-ed25519 SHA256:`,
      );
      expect(stdout).toContain(
        '    remedy: Someone may be intercepting the connection, or the host was installed anew.\n',
      );
      expect(stdout).toContain(`          ssh-keygen -R ${address} -f ${file}\n`);
    });
  });

  test('one host unreachable and another refused: 2, as being unreachable is not the only cause', async () => {
    const port = over('mixed', 'gw11 ansible_port=2222');
    fleet.write('all-at-once.yml', [{ ...EDGE, rollout: { canary: 'none', max_fail_percentage: 100 } }]);
    await fleet.sh('gw9', 'iptables-legacy -A INPUT -s 10.9.0.0/16 -j DROP');
    const { code, stdout } = await sluice('apply', 'all-at-once.yml', '-l', 'gw9,gw11', ...port);
    expect(code).toBe(2);
    expect(stdout).toContain('\nfailed: gw9\n');
    expect(stdout).toContain('\nunreachable: gw11\n');
    expect(await sluice('ping', 'gw9,gw11', ...port)).toMatchObject({ code: 2 });
  });
});
