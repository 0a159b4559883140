import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Backend, LabUser } from '../../src/lab/etc.ts';
import { describeWithLab } from '../lab/skip.ts';
import { formatReport, runCampaign } from './campaign.ts';
import type { ChangeName } from './changes.ts';
import type { FaultName } from './faults/names.ts';
import { formatResult } from './run.ts';
import { formatScenario, type Limits } from './scenario.ts';
import type { Sharing } from './shared.ts';

/** `npm run chaos` sets these; without them, a fixed set of seeds runs. */
const {
  CHAOS_SEED,
  CHAOS_FAULTS,
  CHAOS_PARALLEL,
  CHAOS_BACKEND,
  CHAOS_USER,
  CHAOS_FAULT,
  CHAOS_CHANGE,
  CHAOS_SHARING,
  CHAOS_VERBOSE,
} = process.env;
const seed = Number(CHAOS_SEED ?? 1);
const faults = Number(CHAOS_FAULTS ?? 5);
const parallel = Math.min(Number(CHAOS_PARALLEL ?? 3), Math.max(faults, 1));

const limits: Limits = {
  ...(CHAOS_BACKEND === undefined ? {} : { backend: CHAOS_BACKEND as Backend }),
  ...(CHAOS_USER === undefined ? {} : { user: CHAOS_USER as LabUser }),
  ...(CHAOS_FAULT === undefined ? {} : { fault: CHAOS_FAULT as FaultName }),
  ...(CHAOS_CHANGE === undefined ? {} : { change: CHAOS_CHANGE as ChangeName }),
  ...(CHAOS_SHARING === undefined ? {} : { sharing: CHAOS_SHARING as Sharing }),
};

await describeWithLab('gateways under faults', () => {
  test(
    `stay whole and let their operator in: ${faults} runs from seed ${seed}`,
    async () => {
      const evidence = mkdtempSync(join(tmpdir(), 'sluice-chaos-evidence-'));
      const say = (text: string) => process.stdout.write(`${text}\n`);
      const results = await runCampaign({
        seed,
        faults,
        parallel,
        limits,
        evidence,
        onResult: (result, done) => {
          if (CHAOS_VERBOSE === undefined && result.problems.length === 0) return;
          say(`${done}/${faults} ${formatResult(result)}`);
        },
      });
      const failed = results.filter(({ problems }) => problems.length > 0);
      say(formatReport(results));
      if (failed.length > 0) say(`Evidence: ${evidence}/SEED`);
      else rmdirSync(evidence);
      expect(failed.map(({ scenario }) => formatScenario(scenario))).toEqual([]);
      expect(results).toHaveLength(faults);
    },
    faults * 60_000 + 300_000,
  );
});
