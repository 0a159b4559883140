import type { Lint } from '../model.ts';

/** What is wrong with an allow comment; the comments themselves are read and judged in `silence.ts`. */
const none = () => [];

export const c1: Lint = {
  id: 'C1',
  severity: 'warning',
  title: 'an allow comment without a reason',
  why: 'Whoever reads it in a year can only guess whether it still holds. It silences nothing.',
  fix: 'Write it: # sluice: allow N5 the uplink is the only other interface.',
  bad: `*nat
# sluice: allow N5
-A POSTROUTING -j MASQUERADE
COMMIT`,
  good: `*nat
# sluice: allow N5 a lab with one network and one uplink
-A POSTROUTING -j MASQUERADE
COMMIT`,
  find: none,
};

export const c2: Lint = {
  id: 'C2',
  severity: 'warning',
  title: 'an allow comment for an unknown id',
  why: 'There is no such id, so it silences nothing.',
  fix: 'Take the id from the finding; sluice lint --explain lists them all.',
  bad: `*nat
# sluice: allow N55 a lab with one network and one uplink
-A POSTROUTING -j MASQUERADE
COMMIT`,
  good: c1.good,
  find: none,
};

export const c3: Lint = {
  id: 'C3',
  severity: 'warning',
  title: 'an allow comment that silences nothing',
  why: 'The line that follows has no such finding, any more: the comment would silence the next mistake there.',
  fix: 'Remove it.',
  bad: `*nat
# sluice: allow N5 a lab with one network and one uplink
-A POSTROUTING -o wan -j MASQUERADE
COMMIT`,
  good: c1.good,
  find: none,
};
