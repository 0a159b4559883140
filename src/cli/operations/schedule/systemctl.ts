import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProblemsError } from '../../../problem.ts';
import type { UnitPlace } from './places.ts';

const execute = promisify(execFile);

/**
 * Asks systemd for something.
 * @throws ProblemsError with what it said
 */
export async function systemctl(
  { scope }: Pick<UnitPlace, 'scope'>,
  words: readonly string[],
): Promise<string> {
  const args = [...(scope === 'user' ? ['--user'] : []), ...words];
  try {
    const { stdout } = await execute('systemctl', args, { timeout: 60_000 });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    throw new ProblemsError([
      {
        code: 'systemctl',
        message: `systemctl ${args.join(' ')} failed: ${(stderr || message).trim()}`,
        remedy: 'The unit files are as they were said to be; see to this, and run the same command again.',
      },
    ]);
  }
}
