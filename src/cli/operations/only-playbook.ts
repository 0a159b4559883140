import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ProblemsError } from '../../problem.ts';

/**
 * The one playbook of a project, where none was named.
 * @throws ProblemsError where its folder `playbooks` has none, or several
 */
export async function onlyPlaybook(cwd: string): Promise<string> {
  const names = await readdir(path.join(cwd, 'playbooks')).catch(() => []);
  const found = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const [first] = found;
  if (first !== undefined && found.length === 1) return path.join('playbooks', first);
  const message =
    found.length === 0
      ? 'no playbook was named, and playbooks/ has none'
      : `which playbook? playbooks/ has ${found.join(', ')}`;
  throw new ProblemsError([
    {
      code: 'usage',
      message,
      remedy: `Name it: sluice verify ${path.join('playbooks', first ?? 'edge.yml')}`,
    },
  ]);
}
