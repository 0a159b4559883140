import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of a tool; the system's folders are searched also when PATH lacks them. */
export function findTool(name: string): string | undefined {
  return searchPath()
    .split(':')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** The PATH of a lab's own processes. */
export function searchPath(): string {
  const own = process.env.PATH ?? '';
  return `${own === '' ? '' : `${own}:`}/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a script of the lab. Scripts aren't compiled: they are found from the sources and from dist alike. */
export function findScript(name: string): string {
  return fileURLToPath(new URL(`../../src/lab/${name}`, import.meta.url));
}
