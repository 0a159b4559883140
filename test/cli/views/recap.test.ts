import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { recapLines } from '../../../src/cli/views/recap.ts';
import type { RecapRow } from '../../../src/rollout/events.ts';
import { names } from './sessions.ts';

const ROW: RecapRow = {
  host: 'gw1',
  ok: 1,
  changed: 0,
  unreachable: 0,
  failed: 0,
  rolledBack: 0,
  notStarted: 0,
};

test('a row is laid out as Ansible does', () => {
  expect(recapLines([{ ...ROW, ok: 2, changed: 1 }], 20, NO_COLOURS)).toEqual([
    'gw1                        : ok=3    changed=1    unreachable=0    failed=0    rolled_back=0',
  ]);
});

test('names longer than the column push it', () => {
  const [line] = recapLines([{ ...ROW, host: 'gateway-frankfurt-1.example.net' }], 20, NO_COLOURS);
  expect(line).toMatch(/^gateway-frankfurt-1\.example\.net : ok=1/);
});

test('of many hosts, those in no trouble share a row', () => {
  const rows = names('gw', 30).map((host, i) => ({
    ...ROW,
    host,
    changed: i === 4 ? 1 : 0,
    failed: i > 27 ? 1 : 0,
  }));
  const hosts = recapLines(rows, 20, NO_COLOURS).map((line) => line.slice(0, 26).trim());
  expect(hosts).toEqual(['27 hosts', 'gw5', 'gw29', 'gw30']);
  expect(recapLines(rows, 30, NO_COLOURS)).toHaveLength(30);
});

test('the worst colours the name', () => {
  const colours = createColors(true);
  const paintOf = (row: Partial<RecapRow>) => recapLines([{ ...ROW, ...row }], 20, colours)[0]?.slice(0, 5);
  expect(paintOf({})).toBe('\x1b[32m');
  expect(paintOf({ changed: 1 })).toBe('\x1b[33m');
  expect(paintOf({ changed: 1, rolledBack: 1 })).toBe('\x1b[31m');
  expect(paintOf({ unreachable: 1 })).toBe('\x1b[31m');
  expect(paintOf({ notStarted: 1 })).toBe('\x1b[36m');
});
