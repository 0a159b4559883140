import { resolveHost } from '../../inventory/resolved-vars.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import { jumpsAmong } from './jumps.ts';
import { type ProjectRequest, prepareProject } from './prepare.ts';
import { type ReachFlags, readTargets } from './reach.ts';

/**
 * Who goes when: the waves of a playbook's plays, from files alone.
 * @throws ProblemsError with every problem of every file and host
 */
export async function planWavesOf(
  request: ProjectRequest,
  { passwordsFrom: _, ...flags }: ReachFlags,
): Promise<readonly PlannedPlay[]> {
  const project = await prepareProject(request);
  const hosts = project.hosts.map((host) => resolveHost(project.inventory, host));
  const targets = await readTargets(hosts, flags, request.vault, process.env);
  return project.planPlays(jumpsAmong(targets));
}
