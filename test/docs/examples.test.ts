import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { formatProblem } from '../../src/problem.ts';
import { snakeCase } from '../../src/settings/settings.ts';
import { HONOURED, type Sources } from '../../src/settings/table.ts';
import { WATCHED } from '../../src/settings/watched.ts';
import { hostOf, inventoryOf, renderOne, templatesOf } from '../playbook/fleet.ts';
import { blocksOf, pages, readPage, root } from './files.ts';

const playbooksOf = (page: string) => blocksOf(page, 'yaml').filter((block) => /^(#.*\n)?- id: /.test(block));

describe.each(pages.filter((page) => playbooksOf(page).length > 0))('%s', (page) => {
  test.each(playbooksOf(page))('has a playbook that parses: %#', (text) => {
    expect(parsePlaybook(text, page).problems.map(formatProblem)).toEqual([]);
  });
});

const templates = templatesOf(
  Object.fromEntries(
    readdirSync(join(root, 'templates'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.hbs'))
      .map((name) => [name, readPage(join('templates', name))]),
  ),
);
const fleet = inventoryOf({
  edge: { gw1: { ansible_host: '198.51.100.1' } },
  web: { web1: { ansible_host: '10.0.0.11', sluice_address6: '2001:db8::11' } },
});

describe.each(pages.filter((page) => page.startsWith('docs/recipes/') && playbooksOf(page).length > 0))(
  '%s',
  (page) => {
    test.each(playbooksOf(page))('has a playbook that renders: %#', (text) => {
      for (const play of parsePlaybook(text, page).plays) {
        const rendered = renderPlay(play, templates, fleet, hostOf(fleet, 'gw1'), {});
        expect(rendered.problems.map(formatProblem)).toEqual([]);
      }
    });
  },
);

describe('README.md', () => {
  const playbooks = blocksOf('README.md', 'yaml');
  const written = new Map(
    blocksOf('README.md', 'sh').flatMap((block) =>
      [...block.matchAll(/^cat >(\S+) <<'END'\n(.*?)^END$/gms)].map(
        ([, file = '', text = '']) => [file, text] as const,
      ),
    ),
  );

  test('has playbooks that parse', () => {
    const all = [...playbooks, written.get('edge.yml') ?? ''];
    expect(all).toHaveLength(2);
    for (const text of all) expect(parsePlaybook(text, 'README.md').problems.map(formatProblem)).toEqual([]);
  });

  test('has a template that renders', () => {
    const vars = { admins: ['192.0.2.0/24'], backends: 'web', ansible_host: '203.0.113.1' };
    expect(renderOne(written.get('edge.rules.hbs') ?? '', vars).problems.map(formatProblem)).toEqual([]);
  });
});

describe('docs/events.md', () => {
  const source = readFileSync(join(root, 'src/rollout/events.ts'), 'utf8');
  const page = readPage('docs/events.md');

  test('describes every event', () => {
    const types = [...source.matchAll(/type: '([a-z]+\.?[A-Za-z]*)'/g)].map(([, type]) => type);
    const described = [...page.matchAll(/^\| `([a-z]+\.?[A-Za-z]*)` \|/gm)].map(([, type]) => type);
    expect(types.length).toBeGreaterThan(15);
    expect(types.filter((type) => !described.includes(type))).toEqual([]);
  });

  test('names every field', () => {
    const fields = [...source.matchAll(/readonly ([a-z]\w*)\??:/gi)].map(([, field]) => field);
    expect([...new Set(fields)].filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  });

  test('describes every kind of outcome', () => {
    const runtime =
      readFileSync(join(root, 'src/rollout/outcome.ts'), 'utf8').split('export type Outcome')[1] ?? '';
    const kinds = [...runtime.matchAll(/kind: '(\w+)'/g)].map(([, kind]) => kind);
    expect(kinds).toHaveLength(8);
    for (const kind of kinds) expect(page).toContain(`| \`${kind}\` |`);
  });
});

describe('docs/transaction.md', () => {
  const page = readPage('docs/transaction.md');
  const scripts = join(root, 'src/gateway/sh');
  const program = readdirSync(scripts)
    .filter((name) => /^\d+-/.test(name))
    .map((name) => readFileSync(join(scripts, name), 'utf8'))
    .join('\n');

  test('shows every transition of the program', () => {
    const moves = [...program.matchAll(/\bmove (\w+) (\w+)/g)].map(([, from, to]) => `${from} ${to}`);
    const rows = [...page.matchAll(/^\| (.*→.*) \|/gm)].map(([, row = '']) => row);
    const shown = (move: string) => {
      const [from, to] = move.split(' ');
      return rows.some(
        (row) =>
          row.indexOf(`\`${from}\``) !== -1 &&
          row.indexOf(`\`${to}\``, row.indexOf(`\`${from}\``) + 1) !== -1,
      );
    };
    expect(moves.length).toBeGreaterThan(8);
    expect([...new Set(moves)].filter((move) => !shown(move))).toEqual([]);
  });

  test('names every file that the program writes into a transaction', () => {
    const written = [...program.matchAll(/\$tx\/([a-z][a-z_]*)/g)].map(([, name = '']) => name);
    const table = page.split('| in `tx/TOKEN/` |')[1]?.split('\n\n')[0] ?? '';
    expect(written.length).toBeGreaterThan(20);
    expect([...new Set(written)].filter((name) => !new RegExp(`\`${name}[\`.]`).test(table))).toEqual([]);
  });
});

describe('docs/ansible.md', () => {
  const page = readPage('docs/ansible.md');
  const cells = ({ keys, env }: Sources) =>
    [keys.map(([section, key]) => `\`[${section}] ${key}\``), env.map((name) => `\`${name}\``)]
      .map((names) => names.join(', '))
      .join(' | ');

  test.each(Object.entries<Sources>(HONOURED))('has the row of %s', (name, sources) => {
    expect(page).toContain(`| \`${snakeCase(name)}\` | ${cells(sources)} |`);
  });

  test.each(Object.entries(WATCHED))('tells of %s, and what becomes of it', (_, sources) => {
    const [, verdict] =
      page
        .split(`| ${cells(sources)} |`)[1]
        ?.split('\n')[0]
        ?.match(/\| an? (\w+) \|$/) ?? [];
    expect(verdict).toBe(sources.verdict === 'refuse' ? 'error' : 'warning');
  });
});
