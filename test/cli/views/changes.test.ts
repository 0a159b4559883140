import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { Changes } from '../../../src/cli/views/changes.ts';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { names, OPEN_HTTPS } from './sessions.ts';

const STAMP = { time: '2026-03-02T12:00:00.000Z', run: 'r1', seq: 1 };

function planned(
  changes: Changes,
  host: string,
  diff: string | undefined,
  notes: readonly string[] = [],
): void {
  const ref = { host, play: 'p', wave: 1, attempt: 1, added: 1, removed: 0, notes };
  changes.planned({ ...STAMP, type: 'host.planned', ...ref, ...(diff === undefined ? {} : { diff }) });
}

test('a diff that many share is shown once, with their names', () => {
  const changes = new Changes(true);
  changes.diff({ ...STAMP, type: 'plan.diff', id: 'a', text: '+rule\n' });
  for (const host of names('gw', 50)) planned(changes, host, 'a');
  planned(changes, 'fw', undefined);
  expect(changes.take(NO_COLOURS)).toEqual(['', 'changes on gw[1:50] (50 hosts):', '+rule']);
  expect(changes.take(NO_COLOURS)).toEqual([]);
});

test('one shown before is referred to', () => {
  const changes = new Changes(true);
  changes.diff({ ...STAMP, type: 'plan.diff', id: 'a', text: '+rule\n' });
  planned(changes, 'gw1', 'a');
  changes.take(NO_COLOURS);
  planned(changes, 'gw2', 'a');
  expect(changes.take(NO_COLOURS)).toEqual(['', 'changes on gw2: the same as on gw1, above']);
});

test('a text that comes after its first host is still shown; one that never comes is in the journal', () => {
  const changes = new Changes(true);
  planned(changes, 'gw1', 'a');
  planned(changes, 'gw2', 'b');
  changes.diff({ ...STAMP, type: 'plan.diff', id: 'a', text: '+rule\n' });
  expect(changes.take(NO_COLOURS)).toEqual([
    '',
    'changes on gw1:',
    '+rule',
    '',
    'changes on gw2: see the journal',
  ]);
});

test('without --diff only notes are shown, hosts with the same note together', () => {
  const changes = new Changes(false);
  changes.diff({ ...STAMP, type: 'plan.diff', id: 'a', text: '+rule\n' });
  for (const host of names('gw', 3)) planned(changes, host, 'a', ['table mangle is reset']);
  expect(changes.take(NO_COLOURS)).toEqual(['note: table mangle is reset: gw[1:3] (3 hosts)']);
});

test('added is green, removed red, the place cyan, rules that stay plain', () => {
  const changes = new Changes(true);
  changes.diff({ ...STAMP, type: 'plan.diff', id: OPEN_HTTPS.id, text: OPEN_HTTPS.text });
  planned(changes, 'gw1', OPEN_HTTPS.id);
  const paints = changes
    .take(createColors(true))
    .map((line) => (line.startsWith('\x1b') ? line.slice(1, 5) : ''));
  expect(paints).toEqual(['', '[1mc', '[1m-', '[1m+', '[36m', '', '[31m', '[32m', '[32m', '']);
});
