import { expect, test } from 'vitest';
import { Tally } from '../../../src/cli/views/tally.ts';
import { bigFleet, failingHttp, Session } from './sessions.ts';

test('every host of a fleet is waiting, in flight or ended, after each event', () => {
  const tally = new Tally();
  for (const event of bigFleet(60, 10)) {
    tally.observe(event);
    const ended = Object.values(tally.counts).reduce((sum, number) => sum + number, 0);
    expect(tally.waiting + tally.flights.size + ended).toBe(tally.isOver ? 60 : tally.total);
    expect(tally.flights.size).toBeLessThanOrEqual(10);
  }
  expect(tally.counts).toMatchObject({ ok: 28, changed: 29, rolled_back: 3 });
});

test('the steps of a host that is rolled back', () => {
  const tally = new Tally();
  const steps: string[] = [];
  for (const event of failingHttp()) {
    tally.observe(event);
    const step = tally.flights.get('gw3')?.step;
    if (step !== undefined && step !== steps.at(-1)) steps.push(step);
  }
  expect(steps).toEqual(['connecting', 'planning', 'applying', 'checking', 'rolled back']);
});

test('a host tried again or taken back counts once, as it ended last', () => {
  const session = new Session().start('apply', ['gw1', 'gw2'], [{ title: 'all', hosts: ['gw1', 'gw2'] }]);
  session.wave(1, { title: 'all', hosts: ['gw1', 'gw2'] });
  const problem = { code: 'x', message: 'm', remedy: 'r' };
  session.host('gw1', 1).start().end({ kind: 'interrupted', problem });
  session.host('gw1', 1).start().end({ kind: 'changed', token: 't' });
  session.host('gw1', 1).start().end({ kind: 'rolled_back', problem });
  const tally = new Tally();
  for (const event of session.events) tally.observe(event);
  expect(tally.counts).toMatchObject({ ok: 0, changed: 0, failed: 0, rolled_back: 1 });
  expect([tally.waveDone, tally.waveTotal, tally.waiting]).toEqual([1, 2, 1]);
});

test('a wave that is taken back is the one that runs, under its title', () => {
  const waves = [
    { title: 'canary', hosts: ['gw1'] },
    { title: 'wave 1 of 1', hosts: ['gw2', 'gw3'] },
  ];
  const session = new Session().start('apply', ['gw1', 'gw2', 'gw3'], waves);
  session.through(waves, (one) => one.end({ kind: 'changed', token: 't' }));
  const tally = new Tally();
  for (const event of session.events.splice(0)) tally.observe(event);
  expect([tally.wave, tally.waveDone, tally.waveTotal]).toEqual(['wave 1 of 1', 2, 2]);
  const problem = { code: 'x', message: 'm', remedy: 'r' };
  const back = { play: 'edge', extent: 'run', why: 'told to' } as const;
  session.emit({ type: 'rollback.started', ...back, wave: 2, hosts: ['gw3', 'gw2'] });
  session.host('gw3', 2).start().end({ kind: 'rolled_back', problem });
  for (const event of session.events.splice(0)) tally.observe(event);
  expect([tally.wave, tally.waveDone, tally.waveTotal]).toEqual(['rollback of wave 1 of 1', 1, 2]);
  session.host('gw2', 2).start().end({ kind: 'rolled_back', problem });
  session.emit({ type: 'rollback.started', ...back, wave: 1, hosts: ['gw1'] });
  for (const event of session.events.splice(0)) tally.observe(event);
  expect([tally.wave, tally.waveDone, tally.waveTotal]).toEqual(['rollback of canary', 0, 1]);
  expect(tally.counts).toMatchObject({ changed: 1, rolled_back: 2 });
});

test('a second play starts from nothing', () => {
  const session = new Session().start('apply', ['gw1'], []).wave(1, { title: 'all', hosts: ['gw1'] });
  session.host('gw1', 1).start().end({ kind: 'ok' });
  session.emit({ type: 'play.started', play: 'b', name: 'B', hosts: ['gw1', 'gw2'], waves: [] });
  const tally = new Tally();
  for (const event of session.events) tally.observe(event);
  expect([tally.waiting, tally.counts.ok, tally.waveDone, tally.wave]).toEqual([2, 0, 0, '']);
});
