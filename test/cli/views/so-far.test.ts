import { expect, it } from 'vitest';
import { SoFar } from '../../../src/cli/views/so-far.ts';
import type { Event } from '../../../src/rollout/events.ts';

const at = { seq: 1, time: '2026-01-02T03:04:05.000Z', run: 'r' };

function drops(host: string, before: number, after: number): Event {
  const compared = { before, after, limit: 10, isOver: after > 10, arithmetic: `${after}/s`, rules: [] };
  return { ...at, type: 'drops.compared', host, play: 'edge', wave: 1, ...compared };
}

it('names every host that drops too much, and of the others those whose drops grew most', () => {
  const soFar = new SoFar();
  for (const event of [
    drops('gw1', 0, 0),
    drops('gw2', 9, 9),
    drops('gw3', 1, 4),
    drops('gw4', 1, 50),
    drops('gw5', 0, 2),
    drops('gw6', 3, 1),
  ]) {
    soFar.observe(event);
  }
  expect(soFar.lines()).toEqual([
    'drops: [gw4] 50/s',
    'drops: [gw3] 4/s',
    'drops: [gw5] 2/s',
    'drops: [gw1] 0/s',
    'drops: 2 further hosts within the limit, and grown less',
  ]);
  expect(soFar.lines()).toEqual([]);
});
