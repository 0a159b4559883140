import type { Disk } from '../../../src/ssh/disk.ts';

/** A disk of texts by path; `owners` are those of other than the reader, who is user 1000. */
export function diskOf(
  files: Readonly<Record<string, string>>,
  owners: Readonly<Record<string, { uid?: number; mode?: number }>> = {},
): Disk {
  const missing = (path: string) => Object.assign(new Error(path), { code: 'ENOENT' });
  const textOf = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw missing(path);
    return text;
  };
  return {
    readFile: async (path) => Buffer.from(textOf(path)),
    appendFile: async () => undefined,
    async inspect(path) {
      textOf(path);
      return { uid: 1000, mode: 0o100644, ...owners[path] };
    },
    async readFolder(path) {
      const names = Object.keys(files)
        .filter((each) => each.startsWith(`${path}/`))
        .map((each) => each.slice(path.length + 1).split('/')[0] ?? '');
      if (names.length === 0) throw missing(path);
      return [...new Set(names)];
    },
  };
}
