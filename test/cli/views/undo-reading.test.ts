import { expect, test } from 'vitest';
import { UndoReading } from '../../../src/cli/views/undo-reading.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { Session, sixGateways, waveTakenBack } from './sessions.ts';

function readAll(events: readonly Event[]): readonly Event[] {
  const reading = new UndoReading();
  return events.flatMap((event) => reading.read(event) ?? []);
}

test('a run in which nothing is taken back reads as it is', () => {
  expect(readAll(sixGateways())).toEqual(sixGateways());
});

test('a host taken back is rolled back; one that could not be needs a person', () => {
  const ends = readAll(waveTakenBack()).flatMap((event) =>
    event.type === 'host.finished' ? [event.outcome] : [],
  );
  expect(ends.map(({ host, kind }) => `${host} ${kind}`)).toEqual([
    'gw1 changed',
    'gw2 changed',
    'gw4 changed',
    'gw3 rolled_back',
    'gw4 unknown',
    'gw2 rolled_back',
  ]);
});

test('an undo that is tried again is not judged before its end, and the next wave is no undo', () => {
  const session = new Session().start('apply', ['gw1'], []);
  session.emit({ type: 'gate.decided', play: 'edge', wave: 1, decision: 'roll_back_wave', arithmetic: 'a' });
  const problem = { code: 'x', message: 'm', remedy: 'r' };
  session.host('gw1', 1).start().end({ kind: 'interrupted', problem });
  session.wave(2, { title: 'wave 2', hosts: ['gw1'] });
  session.host('gw1', 2).start().end({ kind: 'changed', token: 't' });
  expect(readAll(session.events)).toEqual(session.events);
});
