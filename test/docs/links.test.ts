import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages, readPage, root } from './files.ts';

type Link = { readonly text: string; readonly target: string };

describe.each(pages)('%s', (page) => {
  const links = linksOf(page);
  const fileOf = ({ target }: Link) => join(root, dirname(page), target.replace(/#.*/, ''));

  test('links to what is there', () => {
    const broken = links.filter((link) => !existsSync(fileOf(link)));
    expect(broken).toEqual([]);
  });

  test('links to headings that are there', () => {
    const broken = links.filter((link) => {
      const [, anchor] = link.target.split('#');
      return anchor !== undefined && !anchorsOf(readFileSync(fileOf(link), 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

test('a word of the glossary links to the type of that name', () => {
  const page = 'docs/glossary.md';
  const wrong = linksOf(page).filter(({ text, target }) => {
    const file = join(root, dirname(page), target);
    if (!target.endsWith('.ts') || !statSync(file).isFile()) return false;
    return !new RegExp(`^export (type|interface|class) ${text}\\b`, 'm').test(readFileSync(file, 'utf8'));
  });
  expect(wrong).toEqual([]);
});

/** Relative links, outside of code. */
function linksOf(page: string): readonly Link[] {
  const prose = readPage(page).replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)]
    .map(([, text = '', target = '']) => ({ text, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
