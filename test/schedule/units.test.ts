import { expect, test } from 'vitest';
import type { Launcher, Schedule } from '../../src/schedule/model.ts';
import { isScheduleName } from '../../src/schedule/model.ts';
import { formatService, formatTimer, isOurs, parseUnits, scheduleOfFile } from '../../src/schedule/units.ts';
import { testWithSystemd, verifyUnits } from './systemd.ts';

const launcher: Launcher = ['/usr/bin/env', '/opt/sluice/dist/cli/main.js'];
const schedule: Schedule = {
  name: 'edge',
  folder: '/tmp',
  everyMinutes: 15,
  delaySeconds: 90,
  work: ['drift', '--inventory', '/srv/100% $real "prod"', '--limit=gw1', '/srv/edge.yml'],
};

test('the units are read back as they were meant', () => {
  for (const one of [schedule, { ...schedule, folder: '/srv/50% off', everyMinutes: 7, delaySeconds: 0 }]) {
    const service = formatService(one, launcher, 'user');
    expect(isOurs(service)).toBe(true);
    expect(parseUnits('edge', service, formatTimer(one))).toEqual(one);
  }
});

test('what was changed beyond reading is undefined, not a guess', () => {
  const service = formatService(schedule, launcher, 'system');
  expect(parseUnits('edge', service.replace(' -- ', ' '), formatTimer(schedule))).toBeUndefined();
  expect(parseUnits('edge', service.replace('--limit=gw1', '%h'), formatTimer(schedule))).toBeUndefined();
  expect(parseUnits('edge', service, '')).toBeUndefined();
});

test.each([
  ['sluice-edge.service', 'edge'],
  ['sluice-edge.timer', undefined],
  ['sluice-../x.service', undefined],
  ['ssh.service', undefined],
])('%s is of schedule %s', (file, name) => expect(scheduleOfFile(file)).toBe(name));

test('names', () => {
  expect(['edge', 'Edge_2', '1'].every(isScheduleName)).toBe(true);
  expect(['', '-x', 'a/b', 'a b', 'a.b', 'é', 'a@b', 'x'.repeat(65)].some(isScheduleName)).toBe(false);
});

testWithSystemd('systemd finds nothing to say of the units', () => {
  const said = [7, 15, 60, 1440, 10_080, 43_200].flatMap((everyMinutes) => {
    const one = { ...schedule, name: `e${everyMinutes}`, everyMinutes };
    return [
      [`sluice-${one.name}.service`, formatService(one, launcher, everyMinutes === 7 ? 'user' : 'system')],
      [`sluice-${one.name}.timer`, formatTimer(one)],
    ];
  });
  const heard = verifyUnits(Object.fromEntries(said));
  expect(heard.split('\n').filter((line) => line.includes('sluice-') || line.startsWith('verify'))).toEqual([
    'verify: 0',
  ]);
});

testWithSystemd('and is heard where there is something', () => {
  const wrong = formatService(schedule, launcher, 'system').replace('KillMode=mixed', 'KillMode=maybe');
  expect(verifyUnits({ 'sluice-edge.service': wrong })).toContain('maybe');
});
