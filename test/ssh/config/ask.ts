import { createConfigStore, type SshConfig } from '../../../src/ssh/config/load.ts';
import { type Resolved, resolveSettings } from '../../../src/ssh/config/resolve.ts';
import { diskOf } from './disk.ts';

export const HOME = '/home/ada';

/** Reads the usual two files, of which the operator's is `text`. */
export function configOf(text: string, more: Readonly<Record<string, string>> = {}): Promise<SshConfig> {
  const files = { [`${HOME}/.ssh/config`]: text, ...more };
  return createConfigStore({ home: HOME, uid: 1000 }, diskOf(files)).load();
}

/** What a host's settings are, by slot; more of one kind are separated by blanks. */
export async function settingsOf(
  text: string,
  host = 'gw1',
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const resolved = resolveSettings(await configOf(text, more), [], { host, localUser: 'ada' });
  return textsOf(resolved);
}

function textsOf({ first, identityFiles }: Resolved): Readonly<Record<string, string>> {
  const files = identityFiles.map(({ words }) => words[0]).join(' ');
  return {
    ...Object.fromEntries([...first].map(([slot, { words }]) => [slot, words.join(' ')])),
    ...(files === '' ? {} : { identityfile: files }),
  };
}
