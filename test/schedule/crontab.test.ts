import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { formatCronLine } from '../../src/schedule/crontab.ts';
import type { Launcher, Schedule } from '../../src/schedule/model.ts';

const launcher: Launcher = ['/usr/bin/node', '/opt/sluice/main.js'];
const schedule: Schedule = {
  name: 'edge',
  folder: '/srv/fleet',
  everyMinutes: 15,
  delaySeconds: 90,
  work: ['drift', '/srv/fleet/edge.yml'],
};

test('the line', () => {
  expect(formatCronLine(schedule, launcher)).toBe(
    '*/15 * * * * cd /srv/fleet && /usr/bin/node /opt/sluice/main.js schedule run edge --delay 90s -- drift /srv/fleet/edge.yml',
  );
  expect(formatCronLine({ ...schedule, delaySeconds: 0 }, launcher)).not.toContain('--delay');
});

test('what cron and its shell make of it are the very words', () => {
  const work = ['drift', "it's", '100%', '50\\% off', '$HOME `id` "x" ;&|', '#', ''];
  const line = formatCronLine({ ...schedule, folder: '/', work }, ['/bin/echo', '100%']) ?? '';
  // crontab(5): a % without a backslash ends the line; cron takes the backslash away.
  const command = line.replace('*/15 * * * * ', '');
  expect(command).not.toMatch(/(?<!\\)%/);
  const print = ['printf', "'%s\\0'"].join(' ');
  const shown = execFileSync('sh', ['-c', command.replaceAll('\\%', '%').replace('/bin/echo', print)], {
    encoding: 'utf8',
  });
  expect(shown.split('\0').slice(0, -1)).toEqual([
    '100%',
    'schedule',
    'run',
    'edge',
    '--delay',
    '90s',
    '--',
    ...work,
  ]);
});

test('what a crontab can not say is undefined', () => {
  expect(formatCronLine({ ...schedule, everyMinutes: 7 }, launcher)).toBeUndefined();
  expect(formatCronLine({ ...schedule, work: ['drift', 'a\nb'] }, launcher)).toBeUndefined();
});
