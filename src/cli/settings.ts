import { homedir } from 'node:os';
import { type LoadedSettings, loadSettings, type SettingsRequest } from '../project/settings.ts';
import { formatOrigin, type Setting, type Settings, snakeCase } from '../settings/settings.ts';
import { HONOURED } from '../settings/table.ts';
import type { Given } from '../ssh/connection-settings.ts';
import type { PasswordSource } from './operations/passwords.ts';
import type { ReachFlags } from './operations/reach.ts';

/** Where the settings of whoever runs this stand. */
export function ownPlaces(): SettingsRequest {
  return {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    systemFile: '/etc/ansible/ansible.cfg',
  };
}

/**
 * The settings of whoever runs this.
 * @throws ProblemsError as `loadSettings` does
 */
export function ownSettings(): Promise<LoadedSettings> {
  return loadSettings(ownPlaces());
}

export function forksOf({ forks }: { readonly forks: number | undefined }, settings: Settings): number {
  return forks ?? settings.forks.value ?? HONOURED.forks.default;
}

/** What was typed, over what ansible.cfg and the environment say. */
export function withSettings(typed: ReachFlags, settings: Settings): ReachFlags {
  const { remoteUser, become, privateKeyFile, timeout, remotePort, hostKeyChecking } = settings;
  const given = givenIn(settings);
  const passwords = {
    connection:
      typed.passwordsFrom.connection ?? passwordSource(settings, 'askPass', 'connectionPasswordFile'),
    become: typed.passwordsFrom.become ?? becomePasswordSource(settings),
  };
  return {
    ...defined({
      user: remoteUser.value || undefined,
      become: become.value,
      privateKeyFile: privateKeyFile.value,
      timeoutSeconds: timeout.value,
    }),
    ...typed,
    passwordsFrom: defined(passwords),
    settings: {
      ...defined({
        port: remotePort.value,
        hostKeyChecking: hostKeyChecking.value,
        sshArgs: given('sshArgs'),
        sshCommonArgs: given('sshCommonArgs'),
        sshExtraArgs: given('sshExtraArgs'),
        transport: given('transport'),
        sshExecutable: given('sshExecutable'),
        becomeMethod: given('becomeMethod'),
        becomeUser: given('becomeUser'),
        becomeExe: given('becomeExe'),
      }),
    },
  };
}

type TextName = {
  [Name in keyof Settings]: Settings[Name] extends Setting<string> ? Name : never;
}[keyof Settings];

function givenIn(settings: Settings): (name: TextName) => Given | undefined {
  return (name) => {
    const { value, origin } = settings[name];
    return value === undefined || value === '' ? undefined : { text: value, from: shownOrigin(name, origin) };
  };
}

/** `become_user of ansible.cfg:3`; a variable of the environment says by its name what it is. */
function shownOrigin(name: keyof Settings, origin: Setting<unknown>['origin']): string {
  const place = formatOrigin(origin);
  return origin.kind === 'file' ? `${snakeCase(name)} (${place})` : place;
}

function becomePasswordSource(settings: Settings): PasswordSource | undefined {
  const { value, origin } = settings.becomePassword;
  if (value !== undefined) return { kind: 'value', value, from: formatOrigin(origin) };
  return passwordSource(settings, 'becomeAskPass', 'becomePasswordFile');
}

/** To be asked counts before a file, as in Ansible. */
function passwordSource(
  settings: Settings,
  ask: 'askPass' | 'becomeAskPass',
  file: 'connectionPasswordFile' | 'becomePasswordFile',
): PasswordSource | undefined {
  const asked = settings[ask];
  if (asked.value) return { kind: 'terminal', askedBy: shownOrigin(ask, asked.origin) };
  const { value } = settings[file];
  return value === undefined ? undefined : { kind: 'file', file: value };
}

/** Without what is undefined: an absent flag is another thing than one that is undefined. */
function defined<T extends object>(all: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
