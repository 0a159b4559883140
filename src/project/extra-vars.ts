import { readFile } from 'node:fs/promises';
import type { Vars } from '../inventory/model.ts';
import { type ParsedVars, parseExtraVars, parseExtraVarsFile } from '../playbook/extra-vars.ts';
import { ProblemsError } from '../problem.ts';
import type { Vault } from '../vault/vault.ts';
import { openText } from './vault-text.ts';

/**
 * Reads the variables of every `-e`, in their order; later ones win, without merging mappings.
 *
 * @param written as the user gave them: `name=value …`, a mapping in YAML or JSON, or `@file`
 * @throws ProblemsError with all that is wrong in any of them
 */
export async function loadExtraVars(written: readonly string[], vault: Vault): Promise<Vars> {
  const parsed = await Promise.all(
    written.map((text) => (text.startsWith('@') ? readVars(text.slice(1), vault) : parseExtraVars(text))),
  );
  const problems = parsed.flatMap((one) => one.problems);
  if (problems.length > 0) throw new ProblemsError(problems);
  return Object.assign({}, ...parsed.map((one) => one.vars));
}

async function readVars(file: string, vault: Vault): Promise<ParsedVars> {
  try {
    const read = await openText(await readFile(file, 'utf8'), file, vault);
    return 'problem' in read ? { vars: {}, problems: [read.problem] } : parseExtraVarsFile(read, file);
  } catch (error) {
    const { code } = error as { code?: string };
    const message =
      code === 'ENOENT'
        ? 'there is no such file of variables'
        : `the file of variables can't be read (${code})`;
    return {
      vars: {},
      problems: [
        {
          code: 'unreadable-vars',
          file,
          message,
          remedy: 'Name a YAML or JSON file that you may read after -e @.',
        },
      ],
    };
  }
}
