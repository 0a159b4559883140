import type { Standing } from '../../gateway/standing.ts';
import { isPasswordName } from '../../inventory/secret-names.ts';
import type { HostChange } from '../../plan/change.ts';
import { ownedParts } from '../../plan/owned.ts';
import { type SavedHost, type SavedPlan, savedInput } from '../../plan/saved-plan.ts';
import { parseExtraVars } from '../../playbook/extra-vars.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { Job } from '../../rollout/runtime.ts';
import type { HostInput } from '../../runtime/host-context.ts';
import { digestOf, writePlanFile } from './plan-file.ts';
import type { PreparedProject, ProjectRequest } from './prepare.ts';
import { operatorName } from './reach.ts';
import { version } from './version.ts';

/** Gathers what a plan finds, to be saved at its end. */
export type PlanRecorder = {
  readonly planned: (
    job: Job,
    input: HostInput & { readonly places: readonly string[] },
    standing: Standing,
    change: HostChange,
  ) => void;
  /**
   * Writes the file.
   * @throws ProblemsError where a gateway could rehearse nothing: no apply could do what the plan says
   */
  readonly save: (plays: PreparedProject['plays']) => Promise<void>;
};

/**
 * @throws ProblemsError where what was typed is secret: the plan would have to hold it
 */
export function createPlanRecorder(
  file: string,
  request: ProjectRequest,
  project: PreparedProject,
  takeOver: boolean,
): PlanRecorder {
  const secrets = request.extraVars.flatMap(secretIn);
  if (secrets.length > 0) throw new ProblemsError(secrets);
  const hosts: SavedHost[] = [];
  const unrehearsed: Problem[] = [];
  return {
    planned: ({ host, play }, { desired, checks, confirmWithinSeconds, places }, standing, change) => {
      if (change.kind === 'refused') return;
      if (standing.ownReading !== undefined)
        unrehearsed.push(notRehearsed(host, file, standing.ownReading.why));
      const parts = ownedParts({ standing, sets: desired.sets, takeOver });
      const counts = change.kind === 'change' ? change : { added: 0, removed: 0, moved: 0 };
      const { added, removed, moved } = counts;
      hosts.push({
        host,
        play,
        input: savedInput({ addresses: places, desired, checks, confirmWithinSeconds }),
        owned: digests(parts),
        ...{ added, removed, moved },
        notes: [...change.notes],
        // As it comes back from the file: plain lists.
        ...(change.kind === 'change' ? { changes: JSON.parse(JSON.stringify(change.changes)) } : {}),
      });
    },
    save: async (plays) => {
      if (unrehearsed.length > 0) throw new ProblemsError(unrehearsed);
      await writePlanFile(file, planOf(hosts, request, { ...project, plays }, takeOver));
    },
  };
}

/** The parts of a gateway that a play owns, each as a digest. */
export function digests(parts: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...parts].map(([name, text]) => [name, digestOf(text)]));
}

function planOf(
  hosts: readonly SavedHost[],
  { cwd, playbook, extraVars, tags }: ProjectRequest,
  { sources, plays, leftOut }: PreparedProject,
  takeOver: boolean,
): SavedPlan {
  return JSON.parse(
    JSON.stringify({
      sluice: version,
      created: new Date().toISOString(),
      operator: operatorName(),
      folder: cwd,
      playbook,
      inventories: sources,
      extraVars,
      tags,
      takeOver,
      ...(leftOut.length === 0 ? {} : { leftOut }),
      plays: plays.map(({ id, name, hosts: names, waves, pairs, policy }) => ({
        id,
        name,
        hosts: names,
        waves,
        ...(pairs === undefined ? {} : { pairs }),
        policy,
      })),
      hosts,
    }),
  );
}

function notRehearsed(host: string, file: string, why: string): Problem {
  return {
    code: 'plan-not-rehearsed',
    host,
    message: `${file} is not saved: the rules can't be rehearsed there (${why}), so apply would refuse them`,
    remedy: `Leave it out: --limit 'all:!${host}'; or let the gateway make namespaces (docs/plan.md).`,
  };
}

function secretIn(written: string): readonly Problem[] {
  if (written.startsWith('@')) return [];
  return Object.keys(parseExtraVars(written).vars)
    .filter(isPasswordName)
    .map((name) => ({
      code: 'secret-in-plan',
      file: '-e',
      message: `${name} is a password, and a saved plan would hold it: what -e says is in the file`,
      remedy: 'Put it into the inventory, encrypted, or into a file: -e @FILE, which is read again by apply.',
    }));
}
