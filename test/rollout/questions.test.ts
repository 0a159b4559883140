import { expect, it } from 'vitest';
import type { EventBody } from '../../src/rollout/events.ts';
import { approvalWord, approveCommandOf, questionOf } from '../../src/rollout/questions.ts';

const asked = (wave: number): EventBody => ({
  type: 'approval.asked',
  name: `approval.p0.w${wave}`,
  play: 'edge',
  wave,
  after: 'wave',
});
const given = (wave: number): EventBody => ({
  type: 'approval.given',
  name: `approval.p0.w${wave}`,
  answer: 'approve',
  by: 'ada@laptop',
});

it.each([
  ['a run that never asked', [], undefined],
  ['its first question', [asked(1)], { name: 'approval.p0.w1', pause: 1 }],
  ['one that was answered', [asked(1), given(1)], undefined],
  ['its second one', [asked(1), given(1), asked(3)], { name: 'approval.p0.w3', pause: 2 }],
  ['one that is told again', [asked(1), given(1), asked(3), asked(3)], { name: 'approval.p0.w3', pause: 2 }],
])('%s', (_name, bodies, question) => {
  const stamp = { time: '2026-01-02T03:04:05.000Z', run: 'r' };
  expect(questionOf(bodies.map((body, seq) => ({ ...stamp, seq, ...body })))).toEqual(question);
});

it('an approval of a later pause says which it is', () => {
  expect([1, 2].map((pause) => approveCommandOf('r', pause))).toEqual([
    'sluice approve r',
    'sluice approve r 2',
  ]);
  expect([1, 2].map(approvalWord)).toEqual(['approve', 'approve 2']);
});
