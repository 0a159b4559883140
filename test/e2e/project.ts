import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SLUICE } from './fleet.ts';

/** Of a child process: all that it printed, and how it ended. */
type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A project's folder, and the real command line in it. */
export type Project = {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): void;
  /** Runs sluice to its end, in the project's folder. Without a lab's prefix it runs in this machine's own network. */
  sluice(...words: readonly string[]): Promise<Ended>;
  remove(): void;
};

/**
 * Makes a project in a folder of its own.
 *
 * @param prefix what starts sluice elsewhere: `lab.command('controller', [])`
 */
export function createProject(
  files: Readonly<Record<string, string>>,
  prefix: readonly string[] = [],
): Project {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-project-'));
  // Neither the keys nor the inventory nor the ansible.cfg of the person who runs the tests.
  const env = { PATH: process.env.PATH, HOME: folder };
  const project: Project = {
    folder,
    write: (more) => {
      for (const [name, text] of Object.entries(more)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    },
    sluice: (...words) => runToEnd([...prefix, process.execPath, SLUICE, ...words], folder, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  project.write({ '.ansible.cfg': '', ...files });
  return project;
}

function runToEnd(
  [file = '', ...args]: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { cwd, env, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.on('error', reject);
    child.stdin?.end();
  });
}
