import { expect, it } from 'vitest';
import { SoFar } from '../../../src/cli/views/so-far.ts';
import type { Event } from '../../../src/rollout/events.ts';

const at = { seq: 1, time: '2026-01-02T03:04:05.000Z', run: 'r' };

function drops(host: string, before: number, after: number): Event {
  const compared = { before, after, limit: 10, isOver: false, arithmetic: `${after}/s`, rules: [] };
  return { ...at, type: 'drops.compared', host, play: 'edge', wave: 1, ...compared };
}

it('of the hosts of a wave, names those whose drops grew most', () => {
  const soFar = new SoFar();
  for (const event of [
    drops('gw1', 0, 0),
    drops('gw2', 9, 9),
    drops('gw3', 1, 4),
    drops('gw4', 1, 7),
    drops('gw5', 0, 2),
    drops('gw6', 3, 1),
  ]) {
    soFar.observe(event);
  }
  expect(soFar.lines()).toEqual([
    'drops: [gw4] 7/s',
    'drops: [gw3] 4/s',
    'drops: [gw5] 2/s',
    'drops: 3 further hosts within the limit, and none grew more',
  ]);
  expect(soFar.lines()).toEqual([]);
});
