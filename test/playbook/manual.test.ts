import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BLOCKS, HELPERS } from '../../src/playbook/helpers.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { playSchema } from '../../src/playbook/schema.ts';
import { checkSchema } from '../../src/playbook/schema-check.ts';
import { fragmentSchema, setFragmentSchema } from '../../src/playbook/schema-owned.ts';
import { rolloutSchema } from '../../src/playbook/schema-rollout.ts';
import { formatProblem } from '../../src/problem.ts';
import { fleet, renderOne, renderSetTexts } from './fleet.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('docs/playbook-reference.yml', () => {
  test('is a playbook', () => {
    expect(
      parsePlaybook(read('playbook-reference.yml'), 'reference.yml').problems.map(formatProblem),
    ).toEqual([]);
  });

  test.each([
    ['play', playSchema],
    ['fragment', fragmentSchema],
    ['fragment of ipsets', setFragmentSchema],
    ['rollout', rolloutSchema],
    ['check', checkSchema],
  ])('shows every key of a %s', (_, schema) => {
    const missing = Object.keys(schema.shape).filter(
      (key) => !new RegExp(`^[ -]*(\\{ )?${key}:`, 'm').test(read('playbook-reference.yml')),
    );
    expect(missing).toEqual([]);
  });
});

describe('docs/playbook.md', () => {
  const manual = read('playbook.md');
  const examples = (language: string) =>
    [...manual.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);
  /** By their names, which stand beside the language. */
  const partials = Object.fromEntries(
    [...manual.matchAll(/^```handlebars (\S+)\n(.*?)^```/gms)].map(([, name = '', text = '']) => [
      name,
      text,
    ]),
  );

  test('has playbooks that parse', () => {
    expect(examples('yaml')).not.toHaveLength(0);
    for (const text of examples('yaml'))
      expect(parsePlaybook(text, 'manual.yml').problems.map(formatProblem)).toEqual([]);
  });

  test('has templates that render', () => {
    const vars = {
      admins: ['192.0.2.7'],
      peers: ['192.0.2.8', '2001:db8::8'],
      team: 'the network team',
      vip: '203.0.113.1',
      port: 443,
      backends: 'web',
    };
    expect(examples('handlebars')).not.toHaveLength(0);
    for (const text of examples('handlebars'))
      expect(renderOne(text, vars, ['ipv4'], fleet, partials).problems.map(formatProblem)).toEqual([]);
  });

  test('has templates of sets that render', () => {
    const vars = { blocked: ['192.0.2.0/24', '203.0.113.66'], ticket: 4711 };
    expect(examples('ipset')).not.toHaveLength(0);
    for (const text of examples('ipset'))
      expect(renderSetTexts([text], vars).problems.map(formatProblem)).toEqual([]);
  });

  test('names every block and helper', () => {
    for (const name of HELPERS.keys()) expect(manual).toMatch(new RegExp(`\\(${name} `));
    for (const name of BLOCKS.keys()) expect(manual).toContain(`{{#${name}`);
  });
});
