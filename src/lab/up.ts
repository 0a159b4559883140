import { ProblemsError } from '../problem.ts';
import { downLab } from './down.ts';
import { claimFolder, writeFolder } from './folder.ts';
import type { Lab } from './lab.ts';
import { labMissing } from './missing.ts';
import { type LabShape, planLab, shapeProblems } from './plan.ts';
import { startLab } from './start.ts';

export type LabOptions = LabShape & {
  /** Keep the lab after this process has ended. By default it goes away with it, however it ends. */
  readonly keep?: boolean;
  /** Stops the making; what stands of the lab is taken down, and `upLab` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

/**
 * Makes a lab, and answers when every sshd and every backend accepts connections. If that fails, nothing is left.
 *
 * @throws ProblemsError when no lab can be made on this machine, or a part of it didn't start: with its log.
 */
export async function upLab(options: LabOptions): Promise<Lab> {
  const problems = [...shapeProblems(options), ...(await labMissing(options.backend))];
  if (problems.length > 0) throw new ProblemsError(problems);

  const plan = planLab(await claimFolder(), options);
  try {
    await writeFolder(plan);
    options.signal?.throwIfAborted();
    return await startLab(plan, options);
  } catch (error) {
    await downLab(plan.id);
    throw error;
  }
}
