import { type Disk, errorCode } from '../disk.ts';

/** The files that a path with wildcards names, in order. */
type Found =
  | { readonly kind: 'found'; readonly paths: readonly string[] }
  | { readonly kind: 'fault'; readonly fault: string };

/** Expands `*`, `?` and `[a-z]` in an absolute path as glob(3) does; a file whose name begins with a dot needs one. */
export async function globFiles(pattern: string, disk: Disk): Promise<Found> {
  let paths = [''];
  for (const part of pattern.split('/').slice(1)) {
    if (!/[*?[]/.test(part)) {
      paths = paths.map((path) => `${path}/${part}`);
      continue;
    }
    const matcher = matcherOf(part);
    const next: string[] = [];
    for (const folder of paths) {
      let names: readonly string[];
      try {
        names = await disk.readFolder(folder === '' ? '/' : folder);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT' || code === 'ENOTDIR') continue;
        return { kind: 'fault', fault: `${folder} cannot be read (${code})` };
      }
      next.push(...names.filter((name) => matcher.test(name)).map((name) => `${folder}/${name}`));
    }
    paths = next.sort();
  }
  return { kind: 'found', paths };
}

function matcherOf(part: string): RegExp {
  const source = part.replace(/\[([!^]?)(\]?[^\]]*)\]|[*?]|[\\^$.|+(){}[\]]/g, (whole, not, set) => {
    if (whole === '*') return '[^/]*';
    if (whole === '?') return '[^/]';
    if (set !== undefined) return `[${not === '' ? '' : '^'}${String(set).replace(/[\\\]]/g, '\\$&')}]`;
    return `\\${whole}`;
  });
  return new RegExp(`^${part.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 's');
}
