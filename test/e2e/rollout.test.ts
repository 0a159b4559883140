import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import {
  allRules,
  countLogins,
  createFleet,
  EDGE,
  eventsOf,
  type Fleet,
  FORWARD,
  filesOf,
  loginsOf,
  processesOf,
  recapOf,
  rulesOf,
} from './fleet.ts';

const GATEWAYS = ['gw1', 'gw2', 'gw3', 'gw4'];

/** The same for each of the gateways. */
function each<T>(value: T, gateways: readonly string[] = GATEWAYS): Record<string, T> {
  return Object.fromEntries(gateways.map((name) => [name, value]));
}

await describeWithLab('a rollout, end to end', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await createFleet(GATEWAYS.length);
    fleet.write('edge.yml', [EDGE]);
    fleet.write('site.yml', [
      { ...EDGE, rollout: { canary: 1, serial: [1, 2] } },
      { ...FORWARD, rollout: { canary: 'none' } },
    ]);
    await Promise.all(GATEWAYS.map((name) => countLogins(fleet, name)));
  });
  afterAll(() => fleet.down());

  const apply = (playbook: string, ...more: readonly string[]) =>
    fleet.sluice(['apply', playbook, '--json', ...more]).ended;

  /** What was done, and how many SSH logins each gateway counted meanwhile. */
  async function countingLogins<T>(act: () => Promise<T>) {
    const count = () => Promise.all(GATEWAYS.map((name) => loginsOf(fleet, name)));
    const before = await count();
    const run = await act();
    const after = await count();
    const logins = Object.fromEntries(GATEWAYS.map((name, i) => [name, (after[i] ?? 0) - (before[i] ?? 0)]));
    return { run, logins };
  }

  describe('of two plays', () => {
    test.each([
      ['plan', ['plan', 'site.yml', '--json'], 0],
      ['plan --detailed-exitcode', ['plan', 'site.yml', '--json', '--detailed-exitcode'], 3],
      ['apply --check', ['apply', 'site.yml', '--json', '--check'], 0],
    ])('%s says what would change, and changes nothing', async (_, argv, exitCode) => {
      const two = ['gw1', 'gw2'];
      const look = async () => {
        const processes = await Promise.all(two.map((name) => processesOf(fleet, name)));
        const files = await Promise.all(two.map((name) => filesOf(fleet, name)));
        return { processes, files, rules: await allRules(fleet) };
      };
      const before = await look();
      const run = await fleet.sluice([...argv, '--limit', 'gw1,gw2']).ended;
      expect(run.code).toBe(exitCode);
      expect(recapOf(run)).toEqual(each('changed=2', two));
      const [edge] = eventsOf(run, 'host.planned', 'gw2');
      const text = eventsOf(run, 'plan.diff').find(({ id }) => id === edge?.diff)?.text;
      expect(text).toContain('+-A INPUT -p tcp -m tcp --dport 22 -m comment --comment v1 -j ACCEPT');
      expect(eventsOf(run, 'host.armed')).toEqual([]);
      // A session may take a moment to end after its connection has.
      await vi.waitFor(async () => expect(await look()).toEqual(before), 60_000);
      expect(readdirSync(fleet.folder)).not.toContain('.sluice');
    });

    test('goes canary first, then wave by wave; every gateway ends confirmed', async () => {
      const { run, logins } = await countingLogins(() => apply('site.yml'));
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(recapOf(run)).toEqual(each('changed=2'));
      const waves = [['gw1'], ['gw2'], ['gw3', 'gw4']];
      const [edge, forward] = eventsOf(run, 'play.started');
      expect(edge?.waves.map(({ hosts }) => hosts)).toEqual(waves);
      expect(forward?.waves.map(({ hosts }) => hosts)).toEqual([GATEWAYS]);
      expect(orderOf(run.events)).toEqual(
        [...waves, GATEWAYS].flatMap((hosts) => [
          `wave of ${hosts}`,
          ...hosts.map(() => 'host.started'),
          ...hosts.map(() => 'host.confirmed'),
          'proceed',
        ]),
      );
      for (const [name, rules] of Object.entries(await allRules(fleet))) {
        expect(rules.match(/--comment v1/g), name).toHaveLength(2);
        expect(rules, name).toContain('--to-destination 10.65.255.1:80');
        expect(await fleet.sh('client', `curl -sS http://${addressOf(name)}/`)).toBe('b1\n');
        const states =
          'cd /var/lib/sluice; ls tx/*/state.* | sed "s/.*state.//"; while [ -e lock ]; do sleep 0.1; done';
        expect(await fleet.sh(name, states)).toBe('confirmed\nconfirmed\n');
      }
      // For the first play one to change it, a fresh one for each address family; for the second as many.
      expect(logins).toEqual(each(6));
    });

    test('finds nothing to change when run again, with one login a play', async () => {
      const before = await allRules(fleet);
      const files = await filesOf(fleet, 'gw1');
      const { run, logins } = await countingLogins(() => apply('site.yml'));
      expect(run.code).toBe(0);
      expect(recapOf(run)).toEqual(each('ok=2'));
      expect(logins).toEqual(each(2));
      expect(await allRules(fleet)).toEqual(before);
      expect(await filesOf(fleet, 'gw1')).toBe(files);
      const one = ['--limit', 'gw1'];
      const plan = await fleet.sluice(['plan', 'site.yml', '--json', '--detailed-exitcode', ...one]).ended;
      expect(plan.code).toBe(0);
    });
  });

  describe('to gateways that are in line', () => {
    beforeAll(async () => {
      expect((await apply('site.yml')).code).toBe(0);
    });

    test('changes only what differs: one login where nothing does, and three where something does', async () => {
      const mark = (hosts: string) =>
        countingLogins(() => apply('edge.yml', '-e', 'mark=v2', '--limit', hosts));
      const first = await mark('gw1,gw2');
      expect(recapOf(first.run)).toEqual({ gw1: 'changed', gw2: 'changed' });
      expect(first.logins).toEqual({ ...each(0), gw1: 3, gw2: 3 });
      expect(eventsOf(first.run, 'run.finished')[0]?.connections).toBe(6);
      const second = await mark('gw1,gw3');
      expect(recapOf(second.run)).toEqual({ gw1: 'ok', gw3: 'changed' });
      expect(second.logins).toEqual({ ...each(0), gw1: 1, gw3: 3 });
    });

    test('a table that the play no longer names is reset, and the plan says so', async () => {
      const rules = [...EDGE.rules, { template: 'marks.rules.hbs' }];
      fleet.write('with-marks.yml', [{ ...EDGE, rules }]);
      const hosts = ['--limit', 'gw3,gw4'];
      expect(recapOf(await apply('with-marks.yml', ...hosts))).toEqual({ gw3: 'changed', gw4: 'changed' });
      for (const name of ['gw3', 'gw4']) expect(await rulesOf(fleet, name)).toContain('--set-xmark 0x7/');
      const run = await apply('edge.yml', ...hosts);
      expect(recapOf(run)).toEqual({ gw3: 'changed', gw4: 'changed' });
      for (const name of ['gw3', 'gw4']) {
        expect(eventsOf(run, 'host.planned', name)[0]?.notes).toEqual([
          'ipv6 mangle is no longer in the play: reset to an empty table',
          'ipv4 mangle is no longer in the play: reset to an empty table',
        ]);
        expect(await rulesOf(fleet, name)).not.toContain('--set-xmark');
      }
      expect(recapOf(await apply('edge.yml', ...hosts))).toEqual({ gw3: 'ok', gw4: 'ok' });
    });

    describe('of rules that would lock the operator out', () => {
      const lockedOut = async (template: string, hosts: readonly string[], confirmWithin: string) => {
        const playbook = `${template}.yml`;
        const rollout = { confirm_within: confirmWithin };
        fleet.write(playbook, [{ ...EDGE, hosts, rules: [{ template: `${template}.rules.hbs` }], rollout }]);
        const before = await Promise.all(hosts.map((name) => rulesOf(fleet, name)));
        const run = await apply(playbook, '--timeout', '5', '-i', fleet.ownInventory());
        const [canary = '', other = ''] = hosts;
        expect(run.code).toBe(2);
        expect(recapOf(run)).toEqual({ [canary]: 'rolledBack', [other]: 'notStarted' });
        expect(eventsOf(run, 'host.armed', canary)).toHaveLength(1);
        expect(eventsOf(run, 'gate.decided')).toMatchObject([{ decision: 'halt' }]);
        expect(await Promise.all(hosts.map((name) => rulesOf(fleet, name)))).toEqual(before);
        // The lock is free, and the operator gets in.
        expect(recapOf(await fleet.sluice(['plan', playbook, '--json']).ended)).toEqual(
          each('changed', hosts),
        );
        return run;
      };

      test.concurrent('where old connections live on, the change is taken back on request', async () => {
        const run = await lockedOut('no-new-ssh', ['gw1', 'gw2'], '60s');
        expect(eventsOf(run, 'host.rolledBack')).toMatchObject([{ by: 'the controller' }]);
        expect(eventsOf(run, 'host.rolledBack')[0]?.reason).toContain('a fresh SSH connection failed');
      });

      test.concurrent('where nothing gets through, the gateway takes it back at its own deadline', async () => {
        const run = await lockedOut('nothing', ['gw3', 'gw4'], '10s');
        expect(eventsOf(run, 'host.rolledBack')).toMatchObject([
          { by: 'the gateway at its deadline', reason: 'no confirm before the deadline' },
        ]);
      });

      test('where IPv6 alone is cut, both families are taken back', async () => {
        const run = await lockedOut('no-ssh-over-ipv6', ['gw1', 'gw2'], '60s');
        expect(eventsOf(run, 'check.observed', 'gw1')).toMatchObject([
          { tried: 'ssh gw1', verdict: 'pass' },
          { tried: 'ssh fd00:64::1', verdict: 'fail' },
        ]);
        expect(eventsOf(run, 'host.rolledBack')).toMatchObject([{ by: 'the controller' }]);
      });
    });

    describe('with a check that fails takes the change back', () => {
      const once = { retries: 0, delay: 0 };
      const failing = async (name: string, check: object, words: string) => {
        const playbook = `failing-on-${name}.yml`;
        fleet.write(playbook, [{ ...EDGE, hosts: name, checks: [{ ...check, ...once }] }]);
        const before = await rulesOf(fleet, name);
        const run = await apply(playbook, '-e', 'mark=failing', '-i', fleet.ownInventory());
        expect(run.code).toBe(2);
        expect(recapOf(run)).toEqual({ [name]: 'rolledBack' });
        const [rolledBack] = eventsOf(run, 'host.rolledBack', name);
        expect(rolledBack?.by).toBe('the controller');
        expect(rolledBack?.reason).toContain(words);
        expect(await rulesOf(fleet, name)).toBe(before);
      };
      test.concurrent.each([
        ['gw1', { tcp: '{{ansible_host}}:22', expect: 'closed' }, 'expected closed, saw open'],
        ['gw2', { http: 'http://{{ansible_host}}/', expect: 404 }, 'expected status 404, saw status 200'],
        ['gw3', { http: 'http://{{ansible_host}}/', expect: { body: 'b2' } }, 'body without "b2"'],
        ['gw4', { command: 'echo broken >&2; exit 3' }, 'expected exit 0, saw exit 3: broken'],
      ])('of the controller, or of a command: %s, %o', failing);

      test.each([
        ['gw1', { tcp: '10.65.255.1:81' }, 'expected open, saw connection refused'],
        ['gw2', { http: 'http://10.65.255.2/', expect: { body: 'b3' } }, 'body without "b3"'],
      ])('from the gateway: %s, %o', (name, check, words) =>
        failing(name, { ...check, from: 'gateway' }, words),
      );
    });

    test('with checks of every kind that pass is confirmed', async () => {
      const http = 'http://{{ansible_host}}/';
      const checks = [
        { tcp: '{{ansible_host}}:22' },
        { tcp: '{{ansible_host}}:23', expect: 'closed', timeout: '500ms' },
        { http, expect: { status: 200, body: 'b1' } },
        { command: 'iptables-save', expect: { stdout: '--comment checked' } },
        { tcp: '10.65.255.1:80', from: 'gateway' },
        { http: 'http://10.65.255.2/', from: 'gateway', expect: { body: 'b2' } },
      ];
      fleet.write('passing.yml', [{ ...EDGE, checks }]);
      const run = await apply('passing.yml', '-e', 'mark=checked', '--limit', 'gw1,gw2');
      expect(run.code).toBe(0);
      expect(recapOf(run)).toEqual({ gw1: 'changed', gw2: 'changed' });
      for (const name of ['gw1', 'gw2']) {
        const after = eventsOf(run, 'check.observed', name).filter(({ isBefore }) => isBefore !== true);
        const verdicts = after.map(({ verdict }) => verdict);
        // And a fresh connection for each address family.
        expect(verdicts).toEqual(checks.concat(checks.slice(0, 2)).map(() => 'pass'));
      }
    });

    describe('where a host is unreachable', () => {
      beforeAll(() => fleet.write('ghost', '[gateways]\nghost ansible_host=10.64.255.1\n'));

      test.each([
        [0, 'halt', 'notStarted'],
        [49, 'halt', 'notStarted'],
        [50, 'proceed', 'changed'],
      ])('it counts against max_fail_percentage: %d', async (percentage, decision, last) => {
        const rollout = { canary: 'gw1', serial: [2, 1], max_fail_percentage: percentage };
        fleet.write('ghostly.yml', [{ ...EDGE, hosts: 'ghost,gw1,gw2,gw3', rollout }]);
        const inventories = ['-i', 'ghost', '-i', fleet.lab.inventoryFile];
        const run = await apply('ghostly.yml', ...inventories, '-e', `mark=max-${percentage}`);
        expect(run.code).toBe(4);
        expect(recapOf(run)).toEqual({ ghost: 'unreachable', gw1: 'changed', gw2: 'changed', gw3: last });
        const [canary, wave] = eventsOf(run, 'gate.decided');
        expect(canary).toMatchObject({ decision: 'proceed' });
        expect(wave).toMatchObject({ decision });
        expect(wave?.arithmetic).toContain('1 of 2 hosts failed (1 unreachable) in this wave = 50 %');
      });
    });

    test('on_failure: rollback_wave undoes what its wave had confirmed, and leaves earlier waves', async () => {
      const rollout = { canary: 'gw1', serial: [2, 1], on_failure: 'rollback_wave' };
      const checks = [{ command: 'test {{inventory_hostname}} != gw3', retries: 0 }];
      fleet.write('one-fails.yml', [{ ...EDGE, rollout, checks }]);
      const before = await allRules(fleet);
      const run = await apply('one-fails.yml', '-e', 'mark=undone');
      expect(run.code).toBe(2);
      const back = each('rolledBack', ['gw2', 'gw3']);
      expect(recapOf(run)).toEqual({ gw1: 'changed', ...back, gw4: 'notStarted' });
      const decisions = eventsOf(run, 'gate.decided').map(({ decision }) => decision);
      expect(decisions).toEqual(['proceed', 'roll_back_wave']);
      // Confirmed once for the change, and once for its undoing.
      expect(eventsOf(run, 'host.confirmed', 'gw2')).toHaveLength(2);
      const after = await allRules(fleet);
      for (const name of ['gw2', 'gw3', 'gw4']) expect(after[name], name).toBe(before[name]);
      expect(after.gw1).toContain('--comment undone');

      fleet.write('none-fails.yml', [{ ...EDGE, rollout }]);
      const again = await apply('none-fails.yml', '-e', 'mark=undone');
      expect(again.code).toBe(0);
      expect(recapOf(again)).toEqual({ ...each('changed'), gw1: 'ok' });
    });

    describe('keeps a journal', () => {
      const secret = 'correct-horse';
      let folder: string;
      let stdout: string;
      beforeAll(async () => {
        const spellings = [
          ...['-e', `password=${secret}`, '--extra-vars', `token=${secret}`, `--extra-vars=pin=${secret}`],
          ...['-e', `plain=1 key=${secret}`, '-e', `{"phrase": "${secret}"}`, `-e=sesame=${secret}`],
          ...['-be', `word=${secret}`, '--extraVars', `name=${secret}`],
        ];
        const limit = ['--limit', 'gw1,gw2'];
        await apply('edge.yml', '-e', 'mark=old', ...limit);
        const run = await apply('edge.yml', '-e', 'mark=new', ...limit, ...spellings);
        expect(run).toMatchObject({ code: 0, stderr: '' });
        stdout = run.stdout;
        folder = join(fleet.folder, eventsOf(run, 'run.started')[0]?.journal ?? '');
      });

      test('of every event, as --json prints it', () => {
        expect(readFileSync(join(folder, 'events.jsonl'), 'utf8')).toBe(stdout);
      });

      test('of its inputs, byte for byte', () => {
        const inputs: { path: string; file: string }[] = JSON.parse(
          readFileSync(join(folder, 'inputs.json'), 'utf8'),
        );
        const paths = ['edge.yml', 'templates/open.rules.hbs', fleet.lab.inventoryFile];
        expect(inputs.map(({ path }) => path)).toEqual(paths);
        for (const { path, file } of inputs) {
          const original = readFileSync(path.startsWith('/') ? path : join(fleet.folder, path));
          expect(readFileSync(join(folder, file))).toEqual(original);
        }
      });

      test('of what each host had, was to have and did', () => {
        const hosts = join(folder, 'hosts');
        expect(readdirSync(hosts)).toEqual(['gw1', 'gw2']);
        for (const name of ['gw1', 'gw2']) {
          const [token = ''] = readdirSync(join(hosts, name));
          const read = (file: string) => readFileSync(join(hosts, name, token, file), 'utf8');
          expect(readdirSync(join(hosts, name, token))).toEqual([
            ...['before.ipv4.save', 'before.ipv6.save', 'canonical.ipv4.save', 'canonical.ipv6.save'],
            ...['desired.ipv4.rules', 'desired.ipv6.rules', 'desired.json', 'diff', 'gateway.log'],
          ]);
          expect(read('before.ipv4.save')).toContain('--comment old');
          expect(read('desired.ipv6.rules')).toContain('--comment new');
          expect(read('canonical.ipv6.save')).toContain('--comment new');
          expect(read('diff')).toMatch(/^-.*--comment old.*\n\+.*--comment new/m);
          expect(read('gateway.log')).toContain('confirming -> confirmed');
        }
      });

      test('for its owner alone', () => {
        const entries = readdirSync(join(fleet.folder, '.sluice'), { recursive: true, withFileTypes: true });
        const modes = entries.map((entry) => {
          const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
          return `${entry.isDirectory() ? 'folder' : 'file'} ${mode.toString(8)}`;
        });
        expect([...new Set(modes)].sort()).toEqual(['file 600', 'folder 700']);
        expect(statSync(join(fleet.folder, '.sluice')).mode & 0o777).toBe(0o700);
      });

      test('without the values of -e', () => {
        const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
          entry.isFile(),
        );
        const leaks = files.filter(({ parentPath, name }) =>
          readFileSync(join(parentPath, name), 'utf8').includes(secret),
        );
        expect(leaks.map(({ name }) => name)).toEqual([]);
        const { argv } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
        expect(argv).toContain('password=…');
        expect(argv.join(' ')).not.toContain(secret);
      });
    });
  });

  function addressOf(gateway: string): string {
    return fleet.lab.gateways.find(({ name }) => name === gateway)?.address ?? '';
  }
});

/** The steps of a rollout; hosts that are under way together come in the order of their steps. */
function orderOf(events: Awaited<ReturnType<Fleet['sluice']>['ended']>['events']): readonly string[] {
  const order: string[] = [];
  let confirmed: string[] = [];
  for (const event of events) {
    if (event.type === 'wave.started') order.push(`wave of ${event.hosts}`);
    if (event.type === 'host.started') order.push(event.type);
    if (event.type === 'host.confirmed') confirmed.push(event.type);
    if (event.type === 'gate.decided') {
      order.push(...confirmed, event.decision);
      confirmed = [];
    }
  }
  return order;
}
