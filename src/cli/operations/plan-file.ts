import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { PLAN_FORMAT, PLAN_VERSION, type SavedPlan, savedPlanSchema } from '../../plan/saved-plan.ts';
import { type Problem, ProblemsError } from '../../problem.ts';

/** How a plan file begins, whatever it is called: no playbook does, as that is a list. */
const BEGINNING = new RegExp(`^\\s*\\{\\s*"format":\\s*"${PLAN_FORMAT}"`);

/** SHA-256, in hexadecimal. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Reads a plan file; undefined where the file is something else, or can't be read: whoever takes it for a playbook says so.
 * @throws ProblemsError for a plan of another version, and for one that is damaged
 */
export async function readPlanFile(file: string): Promise<SavedPlan | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!BEGINNING.test(text)) return undefined;
  const damaged = (why: string): ProblemsError =>
    new ProblemsError([
      {
        code: 'plan-damaged',
        file,
        message: `this plan is damaged: ${why}`,
        remedy: 'Make a new one: sluice plan PLAYBOOK --out FILE. A plan is not edited by hand.',
      },
    ]);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged('it ends too early, or is no JSON');
  }
  const { version, digest, plan } = content as { version: unknown; digest: unknown; plan: unknown };
  if (version !== PLAN_VERSION) throw new ProblemsError([otherVersion(file, version)]);
  if (plan === undefined || digestOf(JSON.stringify(plan)) !== digest)
    throw damaged('it is not as sluice wrote it');
  const parsed = savedPlanSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  return parsed.data.plan;
}

/**
 * Refuses to write over what is not a plan, before a long run would end in that.
 * @throws ProblemsError
 */
export async function checkPlanPlace(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text === 'string' && (text === '' || BEGINNING.test(text))) return;
  if (typeof text !== 'string' && text.code === 'ENOENT') {
    const folder = await open(path.dirname(path.resolve(file))).catch(() => undefined);
    await folder?.close();
    if (folder !== undefined) return;
  }
  const message =
    typeof text === 'string'
      ? '--out would overwrite a file that is no plan'
      : `--out can't be written here (${text.code})`;
  throw new ProblemsError([{ code: 'plan-out', file, message, remedy: 'Name another file after --out.' }]);
}

/** Writes a plan for its owner alone; a reader finds the old file or the new one, whole. */
export async function writePlanFile(file: string, plan: SavedPlan): Promise<void> {
  const content = {
    format: PLAN_FORMAT,
    version: PLAN_VERSION,
    digest: digestOf(JSON.stringify(plan)),
    plan,
  };
  savedPlanSchema.parse(content);
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(4).toString('hex')}`,
  );
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(`${JSON.stringify(content)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function otherVersion(file: string, version: unknown): Problem {
  return {
    code: 'plan-version',
    file,
    message: `this plan has the format ${JSON.stringify(version)}, this sluice knows ${PLAN_VERSION}`,
    remedy: 'Another version of sluice wrote it: make a new plan with this one, or apply it with that one.',
  };
}
