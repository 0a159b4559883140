import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { thisProcess } from '../../src/journal/process.ts';
import { summariseRun } from '../../src/journal/summary.ts';
import { formatWanted, parseWanted, type Wanted } from '../../src/journal/wanted.ts';
import type { EventBody } from '../../src/rollout/events.ts';
import { event, open, RUN, RUN_ID } from './example.ts';

const begun: EventBody = { type: 'host.started', host: 'gw-1', play: 'edge', wave: 1, attempt: 1 };
const row = { host: 'gw-1', ok: 0, changed: 1, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };

function finished(over: object = {}): EventBody {
  return {
    type: 'run.finished',
    exitCode: 0,
    halted: false,
    recap: [row],
    elapsedMs: 5,
    connections: 2,
    ...over,
  };
}

async function summaryOf(bodies: readonly EventBody[], run: object = {}, tail = '') {
  const journal = open({ run: { ...RUN, ...run } });
  for (const [index, body] of bodies.entries()) journal.append(event(index + 1, body));
  await journal.close();
  if (tail !== '') writeFileSync(join(journal.folder, 'events.jsonl'), tail, { flag: 'a' });
  return summariseRun(journal.folder, RUN_ID);
}

test.each([
  ['done', [begun, finished()], {}, ''],
  ['halted', [finished({ halted: true, exitCode: 2 })], {}, ''],
  ['failed', [finished({ exitCode: 4 })], {}, ''],
  ['drifted', [finished({ exitCode: 3 })], {}, ''],
  ['interrupted', [finished({ exitCode: 130 })], {}, ''],
  ['done', [finished()], {}, '{"torn'],
  ['killed', [begun], {}, ''],
  ['killed', [begun], { process: { ...thisProcess(), started: '1' } }, ''],
  ['running', [begun], { process: thisProcess() }, ''],
  ['open', [begun], { process: { host: 'elsewhere', pid: 1 } }, ''],
])('a run that is %s', async (outcome, bodies, run, tail) => {
  const isOver = bodies.some(({ type }) => type === 'run.finished');
  expect(await summaryOf(bodies, run, tail)).toMatchObject({
    kind: 'run',
    time: '2026-11-21T02:45:00Z',
    outcome,
    recap: isOver ? [row] : [],
    inFlight: isOver ? [] : ['gw-1'],
  });
});

test('a last line that is longer than what is read at once is read whole', async () => {
  const recap = Array.from({ length: 3000 }, (_, index) => ({ ...row, host: `gw-${index}` }));
  expect(await summaryOf([begun, finished({ recap })])).toMatchObject({ outcome: 'done', recap });
});

test('a damaged run says what is wrong with it', async () => {
  expect(await summaryOf([begun], {}, 'no event\n')).toMatchObject({
    kind: 'damaged',
    problem: { code: 'journal-corrupt', line: 2 },
  });
});

test('what a run wanted is read as it was written, or not at all', () => {
  const wanted: Wanted = {
    desired: {
      rulesets: [{ family: 'ipv4', text: '*filter\nCOMMIT\n', tables: ['filter'], sources: [] }],
      sets: [
        {
          name: 'a',
          create: 'create a hash:ip',
          members: ['add a 192.0.2.1'],
          keepsMembers: true,
          source: undefined,
        },
      ],
      sysctls: [{ key: 'net.ipv4.ip_forward', value: '1' }],
      persist: true,
      conntrack: 'leave',
    },
    checks: [],
    confirmWithinSeconds: 30,
  };
  const texts = formatWanted(wanted);
  expect(parseWanted((name) => texts.get(name))).toEqual(wanted);
  expect(
    parseWanted((name) => (name === 'desired.ipv4.rules' ? undefined : texts.get(name))),
  ).toBeUndefined();
  expect(parseWanted(() => '{"rulesets": 1}')).toBeUndefined();
});
