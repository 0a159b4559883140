import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseFragment } from '../../src/playbook/fragment.ts';
import type { Family } from '../../src/ruleset/model.ts';
import { isTarget } from '../../src/ruleset/targets.ts';

const corpus = process.env.SLUICE_CORPUS ?? '';
const isThere = corpus !== '' && existsSync(join(corpus, 'manifest-iptables.jsonl'));
const title = isThere ? 'the corpus' : 'the corpus (SKIPPED: SLUICE_CORPUS names no corpus)';

const rows = (file: string) =>
  readFileSync(join(corpus, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const origin = { template: { name: 'corpus', file: 'corpus' } };
const faultsOf = (text: string, family: Family) =>
  parseFragment(
    text.split('\n').map((line, index) => ({ text: line, line: index + 1, origin })),
    family,
  ).faults;

describe.skipIf(!isThere)(title, () => {
  test('what iptables-restore loads, a template may hold, but for commands that change instead of say', () => {
    let count = 0;
    for (const { file, family, result } of rows('manifest-iptables.jsonl')) {
      if (result?.nft?.rc !== 0 || !existsSync(join(corpus, file))) continue;
      count += 1;
      const faults = faultsOf(readFileSync(join(corpus, file), 'utf8'), family === 6 ? 'ipv6' : 'ipv4');
      expect({ file, faults: faults.filter(({ code }) => code !== 'command') }).toEqual({ file, faults: [] });
    }
    expect(count).toBeGreaterThan(50);
  });

  test('every rule of the extension tests that loads is one we take, with a target we know', () => {
    let count = 0;
    for (const { table, family, input, canonical_nft, canonical_legacy, chain } of rows(
      'oracle/extensions-oracle.jsonl',
    )) {
      if (canonical_nft === null && canonical_legacy === null) continue;
      count += 1;
      const rule = input.startsWith('-A') ? input : `-A ${chain} ${input}`;
      const faults = faultsOf(`*${table}\n${rule}\nCOMMIT`, family);
      const target = / -j (\S+)/.exec(input)?.[1];
      expect({ rule, faults, isKnown: target === undefined || isTarget(target, family) }).toEqual({
        rule,
        faults: [],
        isKnown: true,
      });
    }
    expect(count).toBeGreaterThan(200);
  });
});
