import { join } from 'node:path';
import { FAULT_NAMES } from './faults/names.ts';
import type { ChaosGateway } from './gateway.ts';
import { type Result, runScenario } from './run.ts';
import { formatScenario, type Limits, type Scenario, scenarioOf } from './scenario.ts';
import { makeWorld, type World } from './world.ts';

export type CampaignOptions = {
  readonly seed: number;
  /** How many runs; each has one fault or two. */
  readonly faults: number;
  /** Gateways at once. */
  readonly parallel: number;
  readonly limits?: Limits;
  /** Where what failed is kept. */
  readonly evidence: string;
  readonly onResult?: (result: Result, done: number) => void;
};

/** Runs scenarios, several at once, each at a gateway of its own. */
export async function runCampaign(options: CampaignOptions): Promise<readonly Result[]> {
  const { seed, faults, parallel, limits = {} } = options;
  const scenarios = Array.from({ length: faults }, (_, index) => scenarioOf(seed + index, limits));
  const alone = parallel === 1 ? scenarios[0]?.backend : undefined;
  const world = await makeWorld(parallel, limits.backend ?? alone ?? 'alternate');
  try {
    return await runAll(world, scenarios, options);
  } finally {
    await world.down();
  }
}

/** Puts the gateways of a world through scenarios, each through those of its own backend. */
export async function runAll(
  world: World,
  scenarios: readonly Scenario[],
  { evidence, onResult }: Pick<CampaignOptions, 'evidence' | 'onResult'>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = [...scenarios];
  const take = (backend: string): Scenario | undefined => {
    const at = waiting.findIndex((one) => one.backend === backend);
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const work = async (gateway: ChaosGateway) => {
    for (let next = take(gateway.backend); next !== undefined; next = take(gateway.backend)) {
      const scenario = next;
      const folder = join(evidence, String(scenario.seed));
      const result = await runScenario(world, gateway, scenario, folder).catch((error: Error): Result => {
        // The harness's own failure: said as one, so that nobody takes it for a pass.
        const problems = [`the harness failed: ${error.stack ?? error}`];
        return { scenario, hit: [], end: 'harness', problems, notes: [], seconds: 0 };
      });
      results.push(result);
      onResult?.(result, results.length);
    }
  };
  await Promise.all(world.gateways.map(work));
  return results;
}

/** Faults × ends, as a markdown table; then what failed, with what replays it. */
export function formatReport(results: readonly Result[]): string {
  const ends = [...new Set(results.map(({ end }) => end))].sort();
  const head = ['fault', 'hit', 'missed', ...ends, 'failed'];
  const rows = FAULT_NAMES.flatMap((name) => {
    const planned = results.filter(({ scenario }) => scenario.faults.some((fault) => fault.name === name));
    if (planned.length === 0) return [];
    const hit = planned.filter((result) => result.hit.includes(name));
    const counts = ends.map((end) => hit.filter((result) => result.end === end).length);
    const failed = planned.filter(({ problems }) => problems.length > 0).length;
    return [[name, hit.length, planned.length - hit.length, ...counts, failed]];
  });
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const failed = results.filter(({ problems }) => problems.length > 0);
  const lines = failed.flatMap(({ scenario, problems }) => [
    `- ${formatScenario(scenario)}`,
    ...problems.map((one) => `    ${one}`),
  ]);
  const faults = results.reduce((sum, { hit }) => sum + hit.length, 0);
  const summary = `${results.length} runs, ${faults} faults that hit, ${failed.length} runs failed.`;
  return [...table, '', summary, ...lines, ''].join('\n');
}
