import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootedMissing, bootWorld } from '../chaos/booted.ts';
import { type ChaosGateway, inside, must } from '../chaos/gateway.ts';
import type { World } from '../chaos/world.ts';

const SLUICE = '/usr/local/bin/node /opt/sluice/dist/cli/main.js';

/** Keeps the gateway in flight until it is told a word; says that it was reached. */
const HOLD = 'echo >/tmp/reached; read word </tmp/hold; test "$word" = good';

/** What each controller in this machine has; they all look at the machine itself, over SSH. */
const project = (user: 'root' | 'operator') => ({
  'inventories/prod': `[gateways]
gw1 ansible_host=10.64.0.1
[gateways:vars]
ansible_user=${user}
ansible_become=True
ansible_ssh_private_key_file=key
`,
  'templates/edge.rules.hbs': `*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
`,
  'edge.yml': '[{ id: edge, hosts: gateways, rules: [{ template: edge.rules.hbs }] }]\n',
  'held.yml': `- id: edge
  hosts: gateways
  rules: [{ template: edge.rules.hbs }]
  rollout: { confirm_within: 240s }
  checks: [{ name: held, command: '${HOLD}', retries: 0, delay: 0, timeout: 200s }]
`,
});

const RULE = 'INPUT -p udp --dport 9 -j ACCEPT';
const DRIFT = `iptables -C ${RULE} 2>/dev/null || iptables -A ${RULE}`;
const missing = bootedMissing();

describe.skipIf(missing !== undefined)(
  `schedules where a systemd and a cron run${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  () => {
    let world: World;
    beforeAll(async () => {
      world = await bootWorld('nft');
      for (const [user, folder] of [
        ['root', '/srv/fleet'],
        ['root', '/srv/cron'],
        ['operator', '/home/operator/fleet'],
      ] as const)
        await writeProject(world, gateway(), user, folder);
      await inside(gateway(), 'mkfifo -m 666 /tmp/reached /tmp/hold');
      expect(await sluice('apply -i inventories/prod edge.yml')).toContain('changed: [gw1]');
    }, 900_000);
    afterAll(() => world?.down());

    const gateway = () => world.gateways[0] ?? expect.fail('nothing is booted');
    const root = (text: string, folder = '/srv/fleet') =>
      inside(gateway(), `cd ${folder} && exec env -i HOME=/root PATH="$PATH" sh -c '${text}' 2>&1`);
    const sluice = (words: string, folder?: string) => root(`${SLUICE} ${words}`, folder);
    /** A login of its own, which is over when the command is. */
    const operator = (text: string) =>
      must([
        ...gateway().controller,
        ...['ssh', '-F', 'none', '-i', world.keyFile, '-o', `UserKnownHostsFile=${world.knownHostsFile}`],
        'operator@10.64.0.1',
        `cd fleet && { ${text}; } 2>&1`,
      ]);
    /** Waits until so many runs of a schedule have ended; answers `sluice history`, the newest first. */
    const runs = async (history: () => Promise<string>, count: number) => {
      let said = '';
      for (const until = Date.now() + 240_000; Date.now() < until; await delay(1_000)) {
        said = await history();
        const ended = said
          .split('\n')
          .filter((line) => line.includes('(schedule ') && !/^\S+ +running /.test(line));
        if (ended.length >= count) return ended;
      }
      return expect.fail(`no ${count} runs: ${said}`);
    };

    test('fire by themselves, as system units, as user units after the last logout, and from a crontab', async () => {
      expect(await sluice('schedule install --every 1min -i inventories/prod edge.yml')).toContain(
        'sluice-edge.timer runs: every 1 min, up to 6 s later.',
      );
      const asUser = await operator(`${SLUICE} schedule install --every 1min -i inventories/prod edge.yml`);
      expect(asUser).toContain('It stops when you log out, unless: loginctl enable-linger operator\n');
      await operator('sudo loginctl enable-linger operator');
      const lines = await sluice(
        'schedule install --every 1min --to crontab -i inventories/prod edge.yml',
        '/srv/cron',
      );
      await inside(gateway(), 'crontab -', lines.replace(/^A crontab line.*\n/, ''));
      expect(await root('systemctl list-timers')).toMatch(/ sluice-edge\.timer +sluice-edge\.service\n/);
      expect(await sluice('schedule list')).toMatch(/^edge\n.*\n.*\n {4}timer {4}(next|runs now, since) /);

      const places = {
        system: () => sluice('history'),
        user: () => operator(`${SLUICE} history`),
        cron: () => sluice('history', '/srv/cron'),
      };
      const all = async (count: number) => {
        const ended = await Promise.all(Object.values(places).map((history) => runs(history, count)));
        return ended.map(([newest = '']) => newest.replace(/^\S+ +/, '').replace(/@\S+/, ''));
      };
      expect(await all(1)).toEqual([
        'done         drift /srv/fleet/edge.yml by root (schedule edge): 1 in compliance',
        'done         drift /home/operator/fleet/edge.yml by operator (schedule edge): 1 in compliance',
        'done         drift /srv/cron/edge.yml by root (schedule edge): 1 in compliance',
      ]);
      await inside(gateway(), DRIFT);
      const drifted = await all(3); // the second ones may have looked already
      expect(drifted.map((line) => line.replace(/ \S+ by.*/, ''))).toEqual(
        Array(3).fill('drifted      drift'),
      );
      // Drift that was found is no failure of the unit.
      expect(await root('systemctl is-failed sluice-edge.service || :')).toBe('inactive\n');
      expect(await sluice('schedule list')).toMatch(
        /timer {4}next \w{3} \S+ \S+ UTC; last \w{3} \S+ \S+ UTC\n {4}last run \S+Z: drifted \(exit code 3\); \/srv\/fleet\/\.sluice\/runs\//,
      );
      expect(await root('journalctl -u sluice-edge')).toContain('drifted: [gw1]');
      expect(await operator(`${SLUICE} schedule list`)).toContain(
        'drifted (exit code 3); /home/operator/fleet/.sluice/runs/',
      );
      await inside(gateway(), 'crontab -r');
    }, 900_000);

    test('two never overlap, whoever starts them; a stop lets the gateway come to its end', async () => {
      await root('while systemctl is-active sluice-edge.service | grep -q activating; do sleep 0.1; done');
      await sluice('schedule remove edge');
      await inside(gateway(), DRIFT);
      await sluice(
        'schedule install --every 1min --delay 0 --enforce --name held -i inventories/prod held.yml',
      );
      await inside(gateway(), 'cat /tmp/reached');
      const list = await sluice('schedule list');
      expect(list).toMatch(
        /timer {4}runs now, since \w{3} \d{4}-\S+ \S+ UTC\n {4}last run \S+Z: under way, or cut;/,
      );
      const { pid } = JSON.parse(await root('cat .sluice/schedules/held.lock'));
      expect(await root('systemctl show --value --property=MainPID sluice-held.service')).toBe(`${pid}\n`);
      const nextMinute = (Math.floor(Date.now() / 60_000) + 1) * 60_000;
      expect(await sluice('schedule run held')).toMatch(
        new RegExp(`^schedule held is being run by process ${pid} since \\S+Z: nothing was done\n$`),
      );
      // The next minute comes, and starts no second one.
      await delay(nextMinute + 3_000 - Date.now());
      expect((await sluice('history')).match(/schedule held/g)).toHaveLength(1);

      const stopped = root('systemctl stop sluice-held.timer sluice-held.service');
      await root('until systemctl is-active sluice-held.service | grep -qx deactivating; do sleep 0.1; done');
      await inside(gateway(), 'echo good >/tmp/hold');
      await stopped;
      expect(
        await root('systemctl show --property=Result --property=ExecMainStatus sluice-held.service'),
      ).toBe('Result=success\nExecMainStatus=130\n');
      expect(await inside(gateway(), 'iptables -S INPUT')).not.toContain('--dport 9 ');
    }, 600_000);

    test('are gone once they are removed, and leave nothing with systemd', async () => {
      await root('systemctl start sluice-held.timer');
      // A unit that failed would be remembered beyond its file.
      await inside(gateway(), 'mv /srv/fleet/held.yml /srv/fleet/away.yml');
      await root('systemctl start sluice-held.service || :');
      expect(await root('systemctl is-failed sluice-held.service')).toBe('failed\n');
      expect(await sluice('schedule remove held')).toBe(
        'removed: /etc/systemd/system/sluice-held.service\nremoved: /etc/systemd/system/sluice-held.timer\n',
      );
      expect(await operator(`${SLUICE} schedule remove edge`)).toMatch(
        /^removed: .*service\nremoved: .*timer\n$/,
      );
      const left =
        'systemctl $it list-units --all --plain --no-legend "sluice-edge*" "sluice-held*"; systemctl $it list-units --failed --plain --no-legend "sluice-*"';
      expect(await inside(gateway(), left.replaceAll('$it', ''))).toBe('');
      expect(await operator(left.replaceAll('$it', '--user'))).toBe('');
      // When a user's timer last ran is forgotten only where users have a bus, which this Debian lacks.
      expect(
        await inside(
          gateway(),
          'find / -xdev -path /home -prune -o -name "*sluice-edge*" -print -o -name "*sluice-held*" -print',
        ),
      ).toBe('');
      expect(await sluice('schedule list')).toMatch(/^There is no schedule in /);
    }, 120_000);
  },
);

async function writeProject(world: World, gateway: ChaosGateway, user: 'root' | 'operator', folder: string) {
  const files = { ...project(user), '.ansible.cfg': '' };
  for (const [name, text] of Object.entries(files))
    await inside(gateway, `mkdir -p "$(dirname ${folder}/${name})" && cat >${folder}/${name}`, text);
  const home = user === 'root' ? '/root' : '/home/operator';
  const copy = async (from: string, to: string) =>
    inside(gateway, `mkdir -p "$(dirname ${to})" && umask 077 && cat >${to}`, await must(['cat', from]));
  await copy(world.keyFile, `${folder}/key`);
  await copy(world.knownHostsFile, `${home}/.ssh/known_hosts`);
  await inside(gateway, `chown -R ${user} ${folder} ${home}/.ssh`);
}
