import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { CommandModule } from 'yargs';
import { type Problem, ProblemsError } from '../../problem.ts';
import { packageRoot } from '../package-root.ts';

/** What a new project starts with: files of the package's own. */
const starter = ['inventories/hosts', 'templates/base.rules.hbs', 'playbooks/site.yml'];

/** `sluice init`: a small project to start from. */
export const initCommand: CommandModule<object, { readonly folder: string }> = {
  command: 'init [folder]',
  describe: 'Make a small project to start from: an inventory, a template, a playbook',
  builder: (yargs) =>
    yargs
      .positional('folder', { type: 'string', default: '.', describe: 'Where' })
      .example('$0 init fleet', 'a new project in ./fleet'),
  handler: async ({ folder }) => {
    const problems: Problem[] = [];
    for (const file of starter) {
      const target = path.join(folder, file);
      try {
        await mkdir(path.dirname(target), { recursive: true });
        await copyFile(new URL(file, packageRoot), target, constants.COPYFILE_EXCL);
        process.stdout.write(`created ${target}\n`);
      } catch (error) {
        problems.push(notCreated(target, error));
      }
    }
    if (problems.length > 0) throw new ProblemsError(problems);
    const cd = folder === '.' ? '' : `cd ${folder}\n    `;
    process.stdout.write(`
Name your gateways in inventories/hosts, look at what they would get, then at what would change:

    ${cd}sluice render playbooks/site.yml
    sluice ping
    sluice plan playbooks/site.yml
`);
  },
};

function notCreated(file: string, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') {
    return {
      code: 'file-exists',
      file,
      message: 'exists already; it was left as it is',
      remedy: 'Name an empty folder, or move it away.',
    };
  }
  return {
    code: 'not-created',
    file,
    message: `can't be created: ${String(error)}`,
    remedy: 'Name a folder that you may write to.',
  };
}
