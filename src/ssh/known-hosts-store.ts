import { randomBytes } from 'node:crypto';
import { type Disk, errorCode } from './disk.ts';
import { typeOfKey } from './host-key.ts';
import { hashName, indexKnownHosts, type KnownHosts, type KnownHostsFile, knownAs } from './known-hosts.ts';
import type { Terms } from './terms.ts';

/** The known_hosts files that speak for one target. */
export type LoadedKnownHosts = KnownHosts & {
  /** The files looked into, with what was wrong with them. */
  readonly files: readonly string[];
  /** Appends a key to the operator's first file; answers what went wrong. */
  remember(terms: Terms, key: Buffer): Promise<string | undefined>;
};

type LoadedFile = KnownHostsFile & { readonly path: string; readonly note: string; endsOpen: boolean };

/** Reads each known_hosts file once, however many hosts are dialled. */
export function createKnownHostsStore(disk: Disk): { load(terms: Terms): Promise<LoadedKnownHosts> } {
  const loading = new Map<string, Promise<LoadedFile>>();
  const loadOnce = (path: string): Promise<LoadedFile> => {
    const known = loading.get(path) ?? loadFile(disk, path);
    loading.set(path, known);
    return known;
  };

  return {
    async load({ userKnownHostsFiles, systemKnownHostsFiles }) {
      const files = await Promise.all([...userKnownHostsFiles, ...systemKnownHostsFiles].map(loadOnce));
      const [first] = files;
      return {
        lookUp: (name) => files.flatMap((file) => file.lookUp(name)),
        files: files.map(({ path, note }) => path + note),
        remember: async (terms, key) =>
          first === undefined || userKnownHostsFiles.length === 0
            ? undefined
            : appendTo(first, disk, terms, key),
      };
    },
  };
}

async function loadFile(disk: Disk, path: string): Promise<LoadedFile> {
  try {
    const text = (await disk.readFile(path)).toString('utf8');
    return { ...indexKnownHosts(path, text), path, note: '', endsOpen: text !== '' && !text.endsWith('\n') };
  } catch (error) {
    const code = errorCode(error);
    const note = code === 'ENOENT' ? ' (no such file)' : ` (cannot be read: ${code})`;
    return { ...indexKnownHosts(path, ''), path, note, endsOpen: false };
  }
}

async function appendTo(
  file: LoadedFile,
  disk: Disk,
  terms: Terms,
  key: Buffer,
): Promise<string | undefined> {
  const { name } = knownAs(terms);
  const type = typeOfKey(key);
  const base64 = key.toString('base64');
  const separator = file.endsOpen ? '\n' : '';
  // Noted before the write, so that a second connection made meanwhile is held to the same key.
  file.endsOpen = false;
  file.add(name, type, base64);
  try {
    const written = terms.hashKnownHosts ? hashName(name, randomBytes(20)) : name;
    await disk.appendFile(file.path, `${separator}${written} ${type} ${base64}\n`);
    return undefined;
  } catch (error) {
    return `${file.path}: ${errorCode(error)}`;
  }
}
