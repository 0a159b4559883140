import { execFile } from 'node:child_process';
import type { Revision } from '../../journal/model.ts';

const askMs = 5_000;

/**
 * The revision of the git repository that a folder is in; undefined where there is none, or no git, or no commit. Runs no hook and no
 * monitor of the repository, takes no lock in it, and asks about no other one that the environment may name.
 */
export async function revisionOf(folder: string): Promise<Revision | undefined> {
  const revision = (await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']))?.trim();
  if (revision === undefined || !/^[0-9a-f]{40,64}$/.test(revision)) return undefined;
  const changes = await git(folder, ['status', '--porcelain', '--ignore-submodules=all']);
  // A repository that is too large to look through in time can't be called clean.
  return { revision, clean: changes === '' };
}

function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  const settings = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.untrackedCache=false'];
  const args = ['-C', folder, '--no-optional-locks', ...settings.flatMap((one) => ['-c', one]), ...words];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const options = { timeout: askMs, maxBuffer: 2 ** 24, env: { ...env, GIT_TERMINAL_PROMPT: '0' } };
  return new Promise((resolve) => {
    const child = execFile('git', args, options, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
    child.stdin?.end();
  });
}
