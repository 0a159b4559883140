import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareWithKernel, type Disagreement } from './compare.ts';
import { canAskKernel } from './kernel.ts';
import { writtenRules } from './rules.ts';

/** How many rules of each family, and where to begin; docs/rules.md says how to ask for more. */
const COUNT = Number(process.env.SLUICE_FUZZ_RULES ?? 150);
const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 7);
const RULES_A_LOAD = 250;

const why = canAskKernel() ? '' : ' (SKIPPED: needs root, unshare and both iptables)';

describe.skipIf(why !== '')(`generated rules${why}`, () => {
  describe.each(['ipv4', 'ipv6'] as const)('%s', (family) => {
    test.each(['nft', 'legacy'] as const)(
      'what the normaliser is sure of is what %s saves',
      (backend) => {
        const rules = fc.sample(writtenRules(family), { seed: SEED, numRuns: COUNT });
        let [agreed, unsure] = [0, 0];
        const [disagreements, refused]: [Disagreement[], string[]] = [[], []];
        for (let at = 0; at < rules.length; at += RULES_A_LOAD) {
          const result = compareWithKernel(rules.slice(at, at + RULES_A_LOAD), family, backend);
          disagreements.push(...result.disagreements);
          agreed += result.agreed;
          unsure += result.unsure.length;
          refused.push(...result.refused);
        }
        expect(disagreements).toEqual([]);
        expect(agreed + unsure + refused.length).toBe(COUNT);
        expect(agreed).toBeGreaterThan(COUNT * 0.8);
        if (process.env.SLUICE_FUZZ_RULES !== undefined)
          process.stdout.write(
            `${family} ${backend}: ${agreed} agree, ${unsure} unsure, ${refused.length} refused\n${refused.map((words) => `  refused: ${words}\n`).join('')}`,
          );
      },
      3_600_000,
    );
  });
});
