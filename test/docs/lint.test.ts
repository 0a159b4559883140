import { expect, test } from 'vitest';
import { LINTS } from '../../src/analysis/lint/checks.ts';
import { explain, listLints } from '../../src/analysis/lint/explain.ts';
import { readPage } from './files.ts';

const page = readPage('docs/lint.md');

test('docs/lint.md holds what --explain prints, of every id and of no other', () => {
  expect(page.includes(listLints())).toBe(true);
  const missing = LINTS.filter((lint) => !page.includes(`\n${explain(lint)}`)).map(({ id }) => id);
  expect(missing).toEqual([]);
  const sections = [...page.matchAll(/^### (\w+): /gm)].map(([, id]) => id);
  expect(sections).toEqual(LINTS.map(({ id }) => id));
});
