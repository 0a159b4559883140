import { expect, test } from 'vitest';
import { PlainView } from '../../../src/cli/views/plain.ts';
import { ManualClock } from './clock.ts';
import { bigFleet, Session, sixGateways } from './sessions.ts';
import { show } from './show.ts';
import { Terminal } from './terminal.ts';

test('no control characters, also where colours are wished for', () => {
  const { raw } = show('plain', bigFleet(50, 10), { colour: true, verbosity: 2 });
  expect(raw).not.toMatch(/(?!\n)\p{Cc}/u);
});

test('each host has its line, however many they are', () => {
  const { text } = show('plain', bigFleet(50, 10));
  expect(text.match(/^12:00:\d\dZ (?:ok|changed|rolled back): \[gw-\d+\]/gm)).toHaveLength(50);
});

function quietRun(): { view: PlainView; terminal: Terminal; clock: ManualClock } {
  const terminal = new Terminal(200, 24);
  const clock = new ManualClock();
  const view = new PlainView({ stream: terminal, colour: false, verbosity: 0, diff: true }, clock);
  const session = new Session().start('apply', ['gw1', 'gw2', 'gw3'], []);
  session.wave(1, { title: 'all hosts', hosts: ['gw1', 'gw2', 'gw3'] });
  session.host('gw1', 1).start().connect().planned().arm().applied();
  session.host('gw2', 1).start();
  for (const event of session.events) view.event(event);
  return { view, terminal, clock };
}

test('a heart beats every 30 s of silence', () => {
  const { terminal, clock } = quietRun();
  clock.moveTo(clock.now() + 29_999);
  expect(terminal.text).not.toContain('running');
  clock.moveTo(clock.now() + 60_001);
  expect(terminal.text.split('\n').filter((line) => line.includes('running'))).toEqual([
    '12:00:30Z running: all hosts, 0 of 3 hosts done; ok=0 changed=0 unreachable=0 failed=0 rolled_back=0 waiting=1; gw1 checking, 30 s left, 1 more in flight',
    '12:01:00Z running: all hosts, 0 of 3 hosts done; ok=0 changed=0 unreachable=0 failed=0 rolled_back=0 waiting=1; gw1 checking, its deadline has passed, 1 more in flight',
    '12:01:30Z running: all hosts, 0 of 3 hosts done; ok=0 changed=0 unreachable=0 failed=0 rolled_back=0 waiting=1; gw1 checking, its deadline has passed, 1 more in flight',
  ]);
});

test('it stops with the run, and with the view', () => {
  const { view, clock } = quietRun();
  expect(clock.pending).toBe(1);
  view.close();
  expect(clock.pending).toBe(0);

  const other = quietRun();
  for (const event of sixGateways().slice(-1)) other.view.event(event);
  expect(other.clock.pending).toBe(0);
});

test('-v says what runs, and which checks pass', () => {
  const { text } = show('plain', sixGateways(), { verbosity: 1 });
  expect(text).toContain('12:00:00Z sluice 0.1.0: apply edge.yml on hosts.ini, by anna@laptop, 25 at once');
  expect(text).toContain(
    'Z check passed: [gw1] fresh SSH connection => ssh gw1 from controller: open (1 try, 0.2 s)',
  );
  expect(show('plain', sixGateways()).text).not.toContain('check passed');
});
