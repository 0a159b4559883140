import path from 'node:path';
import type { LoadedSettings } from '../../src/project/settings.ts';
import { parseIniFile } from '../../src/settings/ini-file.ts';
import { type SettledSettings, settleSettings } from '../../src/settings/settings.ts';

/** What an ansible.cfg in /etc/fleet and an environment in /srv amount to; paths are joined, and nothing else. */
export function settle(
  text: string | undefined,
  env: Readonly<Record<string, string>> = {},
): SettledSettings {
  const { file, problems } = parseIniFile(text ?? '', 'ansible.cfg');
  const settled = settleSettings({
    env,
    ...(text === undefined ? {} : { file: { name: 'ansible.cfg', content: file } }),
    expand: {
      fromFile: (written) => ({ path: path.resolve('/etc/fleet', written) }),
      fromEnvironment: (written) => ({ path: path.resolve('/srv', written) }),
    },
  });
  return { ...settled, problems: [...problems, ...settled.problems] };
}

/** Of somebody without an ansible.cfg, whose environment says nothing. */
export const NO_SETTINGS: LoadedSettings = { settings: settle(undefined).settings, warnings: [] };
