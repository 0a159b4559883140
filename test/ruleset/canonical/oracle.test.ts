import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { normaliseRuleset } from '../../../src/ruleset/canonical/ruleset.ts';
import type { Family } from '../../../src/ruleset/model.ts';
import { formatRule, parseRule } from '../../../src/ruleset/rule.ts';
import { formatSave, parseSave } from '../../../src/ruleset/save.ts';
import { chainsOf } from './kernel.ts';
import { dumpCases, extensionCases, judge, type OracleCase, type Verdict } from './oracle.ts';

const corpus = process.env.SLUICE_CORPUS ?? '';
const why = existsSync(join(corpus, 'oracle')) ? '' : ' (SKIPPED: SLUICE_CORPUS names no corpus)';
const page = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');

/** The least that each backend may agree on, of what it loads; docs/rules.md publishes the same figures. */
const LEAST = { extensions: 0.962, dumps: 0.999 };

describe.skipIf(why !== '')(`what iptables-save printed${why}`, () => {
  describe.each(['nft', 'legacy'] as const)('%s', (backend) => {
    test('of the cases of its own extensions', () => {
      const counts = countOf(extensionCases(corpus), backend);
      expect(counts.disagrees).toBe(0);
      expect(counts.agrees / (counts.agrees + counts.unsure)).toBeGreaterThanOrEqual(LEAST.extensions);
      expect(page).toContain(`| extensions, ${backend} | ${row(counts)} |`);
    });

    test('of real rules', () => {
      const counts = countOf(dumpCases(corpus), backend);
      expect(counts.disagrees).toBe(0);
      expect(counts.agrees / (counts.agrees + counts.unsure)).toBeGreaterThanOrEqual(LEAST.dumps);
      expect(page).toContain(`| real rules, ${backend} | ${row(counts)} |`);
    });

    test('of whole rule sets', () => {
      const counts = wholeFiles(backend);
      expect(counts.disagreeing).toEqual([]);
      expect(page).toContain(
        `| rule sets, ${backend} | ${counts.chains} chains agree, ${counts.unsure} rules unsure |`,
      );
    });
  });

  test('the page names every extension that is left to the kernel', () => {
    const left = extensionCases(corpus).filter((one) =>
      (['nft', 'legacy'] as const).some((backend) =>
        ['unsure', 'refused, accepted'].includes(judge(one, backend).verdict),
      ),
    );
    for (const one of left) expect(page, one.id).toContain(`\`${one.id.split('.')[0]}\``);
  });
});

describe.skipIf(why !== '')(`published rule files${why}`, () => {
  test.each(['dumps', 'derived', 'extra-moby-golden', 'canonical/nft', 'canonical/legacy'])(
    '%s come back as they stood, rule by rule',
    (folder) => {
      for (const file of readdirSync(join(corpus, 'iptables', folder))) {
        const text = readFileSync(join(corpus, 'iptables', folder, file), 'latin1');
        const saved = parseSave(text);
        expect(formatSave(saved), file).toBe(text);
        for (const table of saved.tables)
          for (const line of table.lines)
            for (const family of ['ipv4', 'ipv6'] as const)
              if (line.kind === 'rule')
                expect(formatRule(parseRule(line.rule, family)), file).toBe(line.rule);
      }
    },
    60_000,
  );
});

function countOf(cases: readonly OracleCase[], backend: 'nft' | 'legacy'): Record<Verdict, number> {
  const counts: Record<Verdict, number> = {
    agrees: 0,
    disagrees: 0,
    unsure: 0,
    'refused, unsure': 0,
    'refused, accepted': 0,
  };
  for (const one of cases) counts[judge(one, backend).verdict] += 1;
  return counts;
}

function row(counts: Record<Verdict, number>): string {
  return `${counts.agrees} agree, ${counts.unsure} unsure; of ${counts['refused, unsure'] + counts['refused, accepted']} refused, ${counts['refused, accepted']} accepted`;
}

type Manifest = {
  readonly id: string;
  readonly file: string;
  readonly family: number;
  readonly canonical: Readonly<Record<string, string>>;
};

/** Chain by chain; a chain with an unsure rule in it is compared but for that. */
function wholeFiles(backend: 'nft' | 'legacy') {
  const result = { chains: 0, unsure: 0, disagreeing: [] as string[] };
  const rows = readFileSync(join(corpus, 'manifest-iptables.jsonl'), 'utf8').split('\n');
  for (const line of rows.filter((one) => one !== '')) {
    const one = JSON.parse(line) as Manifest;
    const saved = join(corpus, 'iptables/canonical', backend, `${one.id}.save`);
    // These names are cut, so that both families share one save.
    if (one.id.includes('TestIptabler')) continue;
    if (one.canonical?.[backend] !== 'full' || !existsSync(saved) || !existsSync(join(corpus, one.file)))
      continue;
    const family: Family = one.family === 4 ? 'ipv4' : 'ipv6';
    const written = readFileSync(join(corpus, one.file), 'utf8');
    const { text, unsure } = normaliseRuleset(written, family, backend);
    result.unsure += unsure.length;
    const doubtful = new Set(unsure.map(({ rule }) => /-A (\S+)/.exec(rule)?.[1] ?? ''));
    if (doubtful.has('')) continue;
    const [ours, theirs] = [chainsOf(text), chainsOf(readFileSync(saved, 'utf8'))];
    for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
      if (doubtful.has(key.split(' ')[1] ?? '')) continue;
      if (ours.get(key) === theirs.get(key)) result.chains += 1;
      else result.disagreeing.push(`${one.id} ${key}:\n${theirs.get(key)}\n${ours.get(key)}`);
    }
  }
  return result;
}
