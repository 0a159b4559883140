import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';

/** A program of the PATH, as an absolute path. */
function findProgram(name: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function findPython(): string | undefined {
  return findProgram('python3');
}

/** The Python that can import ansible: the one that `ansible-config` itself is run by. */
export function findAnsiblePython(): string | undefined {
  const program = findProgram('ansible-config');
  if (program === undefined) return undefined;
  return /^#!\s*(\S*python[\d.]*)/.exec(readFileSync(program, 'utf8'))?.[1];
}
