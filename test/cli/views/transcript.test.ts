import { expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { type Manner, Transcript } from '../../../src/cli/views/transcript.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { names, OPEN_HTTPS, planOfFifty, Session, sixGateways } from './sessions.ts';

function linesOf(events: readonly Event[], manner: Partial<Manner> = {}): readonly string[] {
  const usual = { colours: NO_COLOURS, verbosity: 0, diff: true, everyHost: false, columns: () => 40 };
  const transcript = new Transcript({ ...usual, ...manner });
  return events.flatMap((event) => transcript.passages(event).flatMap(({ lines }) => lines));
}

function inLine(size: number): readonly Event[] {
  const hosts = names('gw', size);
  const session = new Session()
    .start('apply', hosts, [{ title: 'all', hosts }])
    .wave(1, { title: 'all', hosts });
  for (const host of hosts) session.host(host, 1).start().connect().planned().end({ kind: 'ok' });
  return session.end(0);
}

test('hosts in line are listed up to twenty, beyond that named together when the wave ends', () => {
  const isOk = (line: string) => line.startsWith('ok:');
  expect(linesOf(inLine(20)).filter(isOk)).toHaveLength(20);
  expect(linesOf(inLine(21)).filter(isOk)).toEqual(['ok: gw[1:21] (21 hosts)']);
  expect(linesOf(inLine(21), { verbosity: 1 }).filter(isOk)).toHaveLength(21);
  expect(linesOf(inLine(21), { everyHost: true }).filter(isOk)).toHaveLength(21);
});

test('in an apply the changes of a wave stand before the next wave; in a plan they stand at the end', () => {
  const applied = linesOf(sixGateways());
  expect(applied.indexOf('changes on gw1:')).toBeLessThan(
    applied.findIndex((line) => line.startsWith('WAVE [wave 1 of 2')),
  );
  const planned = linesOf(planOfFifty());
  expect(planned.indexOf('changes on gw31:')).toBeGreaterThan(
    planned.findIndex((line) => line.startsWith('ok:')),
  );
  expect(planned.filter((line) => line === '--- before')).toHaveLength(2);
});

test('the changes of a plan are gathered over all waves', () => {
  const waves = ['gw1', 'gw2'].map((host) => ({ title: host, hosts: [host] }));
  const session = new Session().start('plan', ['gw1', 'gw2'], waves);
  session.emit({ type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
  session.through(waves, (one) => one.plan(OPEN_HTTPS).end({ kind: 'changed', token: '' }));
  expect(linesOf(session.end(0)).filter((line) => line.startsWith('changes on'))).toEqual([
    'changes on gw1, gw2 (2 hosts):',
  ]);
});

test('what is taken back is called as its wave was', () => {
  const waves = [
    { title: 'canary', hosts: ['gw1'] },
    { title: 'wave 1 of 1', hosts: ['gw2'] },
  ];
  const session = new Session().start('apply', ['gw1', 'gw2'], waves);
  for (const [index, wave] of waves.entries()) session.wave(index + 1, wave);
  const back = { type: 'rollback.started', play: 'edge', extent: 'run', why: 'too many failed' } as const;
  session.emit({ ...back, wave: 2, hosts: ['gw2'] });
  session.emit({ ...back, wave: 1, hosts: ['gw1'] });
  const banners = linesOf(session.end(2)).filter((line) => line.startsWith('ROLLBACK'));
  expect(banners.map((line) => line.replace(/ \*+$/, ''))).toEqual([
    'ROLLBACK [edge, wave 1 of 1: gw2]',
    'ROLLBACK [edge, canary: gw1]',
  ]);
});

test('without --diff no diff is shown', () => {
  expect(linesOf(sixGateways(), { diff: false }).join('\n')).not.toMatch(/changes on|@@/);
});

test('a rollback is told once', () => {
  const problem = { code: 'x', message: 'm', remedy: '' };
  const session = new Session()
    .start('apply', ['gw1', 'gw2'], [])
    .wave(1, { title: 'all', hosts: ['gw1', 'gw2'] });
  session
    .host('gw1', 1)
    .start()
    .rollBack('the guard', 'the runner died')
    .end({ kind: 'rolled_back', problem });
  session.host('gw2', 1).start().end({ kind: 'rolled_back', problem });
  expect(linesOf(session.events).filter((line) => line.startsWith('rolled back'))).toEqual([
    'rolled back: [gw1] by the guard: the runner died',
    'rolled back: [gw2]: m',
  ]);
});

test('a wave taken back, a warning', () => {
  const session = new Session().start('apply', ['gw1'], []).wave(1, { title: 'canary', hosts: ['gw1'] });
  session.emit({
    type: 'gate.decided',
    play: 'edge',
    wave: 1,
    decision: 'roll_back_wave',
    arithmetic: '1 of 1 failed',
  });
  session.emit({
    type: 'warning',
    problem: { code: 'x', file: 'edge.yml', line: 3, message: 'no checks', remedy: 'add some' },
  });
  expect(linesOf(session.events).slice(-3)).toEqual([
    'gate: taking back [canary]: 1 of 1 failed',
    '[WARNING]: edge.yml:3: no checks',
    '        add some',
  ]);
});

test('many waves are counted, not listed', () => {
  const waves = names('gw', 30).map((host) => ({ title: host, hosts: [host] }));
  const session = new Session().start('apply', names('gw', 30), waves);
  expect(linesOf(session.events)).toContain('30 hosts in 30 waves: 1, 1, 1, 1, 1, 1, 1 … 1');
});

test.each([
  [{}, 'not started: gw1'],
  [{ left: 'never_managed' }, 'never managed, left as they are: gw1'],
  [{ left: 'contested' }, 'contested, left as they are: gw1'],
] as const)('who was compared before the waves, and %j, is told at the end', (left, line) => {
  const session = new Session().start('apply', ['gw1'], []).wave(0, { title: 'comparing', hosts: ['gw1'] });
  const ref = { host: 'gw1', play: 'edge', wave: 0, attempt: 1 };
  const state = 'left' in left && left.left === 'contested' ? 'drifted' : 'never_managed';
  const differs = { added: 8, removed: 2, isPlaybookNewer: false, notes: [] };
  session.emit({ type: 'host.compared', ...ref, state, ...differs });
  session.finish('gw1', 0, { host: 'gw1', attempt: 1, kind: 'changed', token: '', ...left });
  const told = linesOf(session.settle('gw1', 'not_started').end(5));
  expect(told.filter((one) => /left as they are|not started:/.test(one))).toEqual([line]);
});

test('a question tells what the last comparison found, beside what the run has come to', () => {
  const session = new Session().start('apply', ['gw1', 'gw2'], []);
  const ended = (host: string, wave: number, job: 'apply' | 'plan' | 'drift', left?: 'never_managed') => {
    const outcome = { host, attempt: 1, kind: 'changed' as const, token: '', ...(left && { left }) };
    session.emit({ type: 'host.finished', host, play: 'edge', wave, attempt: 1, job, outcome });
  };
  const asked = (after: 'check' | 'canary', wave: number) =>
    session.emit({ type: 'approval.asked', name: `q${wave}`, play: 'edge', wave, after });
  const hosts = ['gw1', 'gw2'];
  session.wave(0, { title: 'comparing', hosts });
  for (const host of hosts) ended(host, 0, 'plan');
  asked('check', 0);
  session.wave(1, { title: 'canary', hosts: ['gw1'] });
  ended('gw1', 1, 'apply');
  asked('canary', 1);
  session.wave(0, { title: 'comparing', hosts });
  ended('gw1', 0, 'drift');
  ended('gw2', 0, 'drift', 'never_managed');
  asked('check', 0);
  expect(linesOf(session.events).filter((line) => line.startsWith('so far'))).toEqual([
    'so far: 2 gateways would change',
    'so far: 1 changed',
    'so far: 1 changed, 1 gateway would change',
  ]);
});
