import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WatchEvent } from '../../src/watch/events.ts';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, eventsOf, type Fleet, type Run, recapOf } from './fleet.ts';

/** Every connection goes to the next backend, and to nobody else; each names itself, then says what it is told. */
const TEMPLATE = `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
{{#each (hosts "backends")}}
-A FORWARD -d {{address}} -p tcp --dport 9000 -m comment --comment "weighs {{default weight "as ever"}}"
{{/each}}
COMMIT
*nat
{{#each (hosts "backends")}}
-A PREROUTING -i wan -p tcp --dport 9000 -m statistic --mode nth --every {{subtract (length (hosts "backends")) @index}} --packet 0 -j DNAT --to-destination {{address}}:9000
{{/each}}
-A POSTROUTING -o lan -j MASQUERADE
COMMIT
`;
const SERVER = `require('net').createServer((s) => { s.on('error', () => {}); s.write(process.argv[1] + '\\n'); s.pipe(s); }).listen(9000, () => console.log('listens'))`;
/** Holds a connection open: what it is told goes there, and what comes back is printed. */
const CLIENT = `const s = require('net').connect(9000, process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout); s.on('error', (e) => { console.log(e.code); process.exit() })`;

const ASKER = `const [address, times] = process.argv.slice(1);
(async () => { for (let i = 0; i < times; i += 1) await new Promise((done) => {
  const s = require('net').connect(9000, address, () => s.setNoDelay());
  s.on('data', (d) => { process.stdout.write(d); s.destroy(); });
  s.on('error', (e) => console.log(e.code)); s.on('close', done);
}); })();`;

/** The first three looks of a gateway stay without an answer, as where it is too busy to give one. */
const THREE_HANG = `
at=$(readlink -f "$(command -v nc)")
cp "$at" /run/nc
cat >/run/hangs <<'END'
#!/bin/sh
for turn in 1 2 3; do
  mkdir /tmp/hung-$turn 2>/dev/null && exec sleep 30
done
exec /run/nc "$@"
END
chmod 755 /run/hangs
mount --bind /run/hangs "$at"
`;

const POOL = {
  hosts: 'backends',
  check: { tcp: '{{backend.address}}:9000', from: 'gateway', timeout: '1s' },
  every: '1s',
  fall: 2,
  rise: 1,
};
const play = (pool: object = POOL, more: object = {}) => [
  {
    ...EDGE,
    families: ['ipv4'],
    rules: [{ template: 'pool.rules.hbs' }],
    rollout: { confirm_within: '20s' },
    backends: [pool],
    ...more,
  },
];

await describeWithLab('backends that come and go', () => {
  let fleet: Fleet;
  const children = new Set<Child>();
  const servers = new Map<string, Child>();
  beforeAll(async () => {
    fleet = await createFleet(1);
    fleet.write('templates/pool.rules.hbs', TEMPLATE);
    fleet.write('edge.yml', play());
    await Promise.all(['b1', 'b2', 'b3'].map(serve));
    const { code, stderr } = await fleet.sluice(['apply', 'edge.yml', '--json']).ended;
    expect([code, stderr]).toEqual([0, '']);
  });
  afterAll(async () => {
    for (const child of children) child.process.kill('SIGKILL');
    await fleet.down();
  });

  async function serve(name: string): Promise<void> {
    const child = start(name, SERVER, name);
    servers.set(name, child);
    await child.line();
  }
  const kill = (name: string) => servers.get(name)?.process.kill('SIGKILL');

  type Child = { readonly process: ChildProcessByStdio<Writable, Readable, null>; line(): Promise<string> };
  function start(place: string, script: string, argument: string): Child {
    const [file = '', ...argv] = fleet.lab.command(place, [process.execPath, '-e', script, argument]);
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'ignore'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const one = { process: child, line: async () => String((await lines.next()).value) };
    children.add(one);
    return one;
  }
  /** A client's connection, and who answers it. */
  async function connect(): Promise<{ readonly who: string; readonly child: Child }> {
    const child = start('client', CLIENT, fleet.lab.gateways[0]?.address ?? '');
    return { child, who: await child.line() };
  }
  /** Who answers new connections, made one after the other. */
  async function whoAnswers(times: number): Promise<readonly string[]> {
    const argv = [process.execPath, '-e', ASKER, fleet.lab.gateways[0]?.address ?? '', String(times)];
    const { stdout } = await fleet.lab.exec('client', argv);
    return stdout.trim().split('\n').toSorted();
  }
  const flowsTo = (address: string) =>
    fleet.sh('gw1', `conntrack -L -p tcp --reply-src ${address} 2>/dev/null | grep -c ESTABLISHED || true`);

  /** The first event of a watch of this type, after those that were there. */
  const told = (run: Run, type: WatchEvent['type']) =>
    (run as unknown as { event(type: string): Promise<WatchEvent> }).event(type);
  const finished = (run: Run, nth: number) => run.event('run.finished', undefined, nth);

  test('one that dies leaves the rules with its connections, and comes back; others keep theirs', async () => {
    const held = [await connect(), await connect(), await connect()];
    expect(held.map(({ who }) => who).toSorted()).toEqual(['b1', 'b2', 'b3']);
    const watch = fleet.sluice(['watch', 'edge.yml', '--json']);
    await told(watch, 'watch.started');

    // Dead to the world, not only shut: what is in flight hangs.
    await fleet.sh('b2', 'iptables -I INPUT -p tcp --dport 9000 -j DROP');
    expect(await told(watch, 'backend.down')).toMatchObject({ backend: 'b2', looks: 2, isEverywhere: true });
    expect((await finished(watch, 1)).exitCode).toBe(0);
    expect(await whoAnswers(6)).toEqual(['b1', 'b1', 'b1', 'b3', 'b3', 'b3']);
    expect((await flowsTo('10.65.255.2')).trim()).toBe('0');
    for (const { who, child } of held.filter(({ who }) => who !== 'b2')) {
      child.process.stdin.write(`still ${who}\n`);
      expect(await child.line()).toBe(`still ${who}`);
    }

    // Nobody else puts it back.
    const plan = await fleet.sluice([
      'plan',
      'edge.yml',
      '--json',
      '--detailed-exitcode',
      '--out',
      'edge.plan',
    ]).ended;
    expect(plan.code).toBe(0);
    expect(eventsOf(plan, 'warning').map(({ problem }) => problem)).toEqual([
      expect.objectContaining({
        code: 'backend-left-out',
        message: expect.stringMatching(
          /^b2 is left out of the rules of play "edge": down since .* UTC, as sluice watch found: tcp 10\.65\.255\.2:9000: /,
        ),
      }),
    ]);
    expect(JSON.parse(readFileSync(join(fleet.folder, 'edge.plan'), 'utf8')).plan.leftOut).toEqual([
      { play: 'edge', backend: 'b2', hosts: ['gw1'], why: expect.stringMatching(/^down since/) },
    ]);
    // One watch is enough.
    const other = await fleet.sluice(['watch', 'edge.yml', '--once']).ended;
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('is watched already')]);

    await fleet.sh('b2', 'iptables -F INPUT');
    expect(await told(watch, 'backend.up')).toMatchObject({ backend: 'b2', looks: 1 });
    expect((await finished(watch, 2)).exitCode).toBe(0);
    expect(await whoAnswers(3)).toEqual(['b1', 'b2', 'b3']);
    watch.kill('SIGTERM');
    expect((await watch.ended).code).toBe(0);
  });

  test('a watch that is killed before it acts is gone on with by the next one, even by --once', async () => {
    const watch = fleet.sluice(['watch', 'edge.yml', '--json']);
    await told(watch, 'watch.started');
    kill('b3');
    await told(watch, 'watch.acts');
    watch.kill('SIGKILL');
    await watch.ended;
    // The gateway has the old rules or the new ones, and b1 and b2 answer.
    expect(await fleet.sh('gw1', 'iptables -t nat -S PREROUTING | grep -c -- "--dport 9000"')).toMatch(
      /^[23]$/m,
    );

    let once = await fleet.sluice(['watch', 'edge.yml', '--once', '--json', '--lock-wait', '120s']).ended;
    // What the dead one had begun may first have to be taken back by the gateway itself.
    if (once.code !== 0)
      once = await fleet.sluice(['watch', 'edge.yml', '--once', '--json', '--lock-wait', '120s']).ended;
    expect(once.code).toBe(0);
    expect(await whoAnswers(4)).toEqual(['b1', 'b1', 'b2', 'b2']);
    // All hold what they should: nothing to do.
    const again = await fleet.sluice(['watch', 'edge.yml', '--once', '--json']).ended;
    expect([again.code, eventsOf(again, 'run.finished')]).toEqual([0, []]);
    await serve('b3');
  });

  test('the last ones stay, whatever is seen; what was found is forgotten on demand', async () => {
    // A port that refuses takes no time; a gateway that is busy may.
    const check = { ...POOL.check, tcp: '{{backend.address}}:9', timeout: '20s' };
    const pool = { ...POOL, check, rise: 2 };
    fleet.write('edge.yml', play(pool));
    await fleet.sluice(['watch', 'edge.yml', '--forget']).ended;
    const once = await fleet.sluice(['watch', 'edge.yml', '--once', '--json']).ended;
    const down = (once.events as unknown as readonly WatchEvent[]).filter(
      ({ type }) => type === 'backend.down',
    );
    expect(down).toEqual(
      ['b1', 'b2', 'b3'].map((backend) => expect.objectContaining({ backend, isKept: true })),
    );
    expect(once.code).toBe(0);
    const forget = await fleet.sluice(['watch', 'edge.yml', '--forget']).ended;
    expect(forget.stdout).toContain('edge: what sluice watch found is forgotten');
    fleet.write('edge.yml', play());
    expect((await fleet.sluice(['apply', 'edge.yml', '--json']).ended).code).toBe(0);
    expect(await whoAnswers(3)).toEqual(['b1', 'b2', 'b3']);
  });

  test('a look that could not be made is made once more by --once', async () => {
    fleet.write('edge.yml', play({ ...POOL, check: { ...POOL.check, tcp: '{{backend.address}}:9' } }));
    await fleet.sh('gw1', THREE_HANG);
    const once = await fleet.sluice(['watch', 'edge.yml', '--once', '--json']).ended;
    await fleet.sh('gw1', 'umount "$(readlink -f "$(command -v nc)")"');
    const told = (once.events as unknown as readonly WatchEvent[]).flatMap((event) =>
      'backend' in event ? `${event.type} ${event.backend}` : [],
    );
    expect(told).toEqual(
      ['backend.unseen', 'backend.down'].flatMap((type) => ['b1', 'b2', 'b3'].map((one) => `${type} ${one}`)),
    );
    expect(once.code).toBe(0);
    await fleet.sluice(['watch', 'edge.yml', '--forget']).ended;
    fleet.write('edge.yml', play());
  });

  test('one that drains gets no new connections and keeps those it has, by any run', async () => {
    const held = [await connect(), await connect(), await connect()];
    const inventory = fleet.ownInventory();
    const text = await fleet.sh('controller', `cat ${fleet.folder}/${inventory}`);
    fleet.write(inventory, text.replace(/^b1 .*$/m, '$& draining=true'));
    const run = await fleet.sluice(['apply', 'edge.yml', '--json', '-i', inventory]).ended;
    expect(recapOf(run)).toEqual({ gw1: 'changed' });
    expect(eventsOf(run, 'warning').map(({ problem }) => problem.message)).toEqual([
      'b1 is left out of the rules of play "edge": it is draining',
    ]);
    expect(await whoAnswers(4)).toEqual(['b2', 'b2', 'b3', 'b3']);
    for (const { who, child } of held) {
      child.process.stdin.write(`still ${who}\n`);
      expect(await child.line()).toBe(`still ${who}`);
    }
    expect((await fleet.sluice(['apply', 'edge.yml', '--json']).ended).code).toBe(0);
  });

  test('weights follow the connections that a gateway counts', async () => {
    // By themselves, all weigh the same.
    const inventory = fleet.ownInventory();
    const text = await fleet.sh('controller', `cat ${fleet.folder}/${inventory}`);
    fleet.write(inventory, text.replaceAll(/ weight=\d+/g, ''));
    const watchOnce = () => fleet.sluice(['watch', 'edge.yml', '--once', '--json', '-i', inventory]).ended;
    fleet.write('edge.yml', play({ ...POOL, weigh: 'connections' }));
    const many = (backend: string, count: number, from: number) =>
      `i=0; while [ $i -lt ${count} ]; do conntrack -I -p tcp -s 10.9.0.1 --sport $((${from} + i)) -d 10.64.0.1 --dport 80 --dst-nat ${backend}:80 --state ESTABLISHED --timeout 600 2>/dev/null; i=$((i + 1)); done`;
    // Not -D: it stops at the first connection that ends meanwhile.
    await fleet.sh('gw1', 'conntrack -F 2>/dev/null');
    await fleet.sh(
      'gw1',
      [many('10.65.255.1', 41, 1000), many('10.65.255.2', 9, 2000), many('10.65.255.3', 10, 3000)].join('; '),
    );
    const once = await watchOnce();
    expect([once.code, once.stderr]).toEqual([0, '']);
    const events = once.events as unknown as readonly WatchEvent[];
    expect(events.filter(({ type }) => type.startsWith('weights.'))).toEqual([
      expect.objectContaining({
        type: 'weights.changed',
        gateway: 'gw1',
        weights: { b1: 2, b2: 10, b3: 9 },
        connections: { b1: 41, b2: 9, b3: 10 },
      }),
    ]);
    const rules = await fleet.sh('gw1', 'iptables -S FORWARD');
    expect([...rules.matchAll(/weighs (\d+)/g)].map(([, weight]) => weight)).toEqual(['2', '10', '9']);
    // As long as connections stay as they are, so do the rules.
    const again = await watchOnce();
    expect([again.code, eventsOf(again, 'run.finished')]).toEqual([0, []]);
  });
});
