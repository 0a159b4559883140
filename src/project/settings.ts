import { access, constants, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, ProblemsError } from '../problem.ts';
import { type IgnoredKey, ignoredKeys } from '../settings/ignored.ts';
import { type IniFile, parseIniFile } from '../settings/ini-file.ts';
import { type SettledSettings, settleSettings } from '../settings/settings.ts';
import type { ExpandPath } from '../settings/values.ts';
import { shownPath } from './inventory-place.ts';

export type SettingsRequest = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The operator's home directory: what `~` stands for. */
  readonly home: string;
  /** The file of the whole machine; /etc/ansible/ansible.cfg. */
  readonly systemFile: string;
};

export type ReadSettings = SettledSettings & {
  /** The ansible.cfg that counts, as it is shown. */
  readonly file?: string;
  readonly ignored: readonly IgnoredKey[];
};

/** What the settings are, and what was wrong with none of them. */
export type LoadedSettings = Pick<ReadSettings, 'settings' | 'warnings'>;

/**
 * Reads the first ansible.cfg of those that Ansible looks for, and the environment.
 * @throws ProblemsError with every value that is invalid, or that would change the meaning of an inventory
 */
export async function loadSettings(request: SettingsRequest): Promise<LoadedSettings> {
  const { problems, settings, warnings } = await readSettings(request);
  if (problems.length > 0) throw new ProblemsError(problems);
  return { settings, warnings };
}

/** As `loadSettings`, for those who show what is wrong beside what is right. */
export async function readSettings(request: SettingsRequest): Promise<ReadSettings> {
  const { env, cwd } = request;
  const warnings: Problem[] = [];
  const found = await findFile(request, warnings);
  const { content, problems } = found === undefined ? NO_FILE : await parseFile(found, cwd);
  const expandFrom =
    (folder: string): ExpandPath =>
    (written) =>
      expandPath(written, folder, request);
  const settled = settleSettings({
    env,
    ...(found === undefined ? {} : { file: { name: shownPath(found, cwd), content } }),
    expand: {
      fromFile: expandFrom(found === undefined ? cwd : path.dirname(found)),
      fromEnvironment: expandFrom(cwd),
    },
  });
  return {
    ...settled,
    ...(found === undefined ? {} : { file: shownPath(found, cwd) }),
    ignored: ignoredKeys(content),
    problems: [...problems, ...settled.problems],
    warnings: [...warnings, ...settled.warnings],
  };
}

const NO_FILE: { content: IniFile; problems: readonly Problem[] } = { content: new Map(), problems: [] };

/** @see https://docs.ansible.com/ansible/latest/reference_appendices/config.html#the-configuration-file */
async function findFile(
  { env, cwd, home, systemFile }: SettingsRequest,
  warnings: Problem[],
): Promise<string | undefined> {
  const named =
    env.ANSIBLE_CONFIG === undefined ? undefined : await namedFile(env.ANSIBLE_CONFIG, cwd, home, env);
  const here = path.join(cwd, 'ansible.cfg');
  const isPublic = ((await stat(cwd)).mode & constants.S_IWOTH) !== 0;
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...(isPublic ? [] : [here]),
    path.join(home, '.ansible.cfg'),
    systemFile,
  ];
  let found: string | undefined;
  for (const file of candidates) {
    if (found === undefined && (await isReadable(file))) found = file;
  }
  if (named !== undefined && env.ANSIBLE_CONFIG !== '' && found !== named) {
    warnings.push({
      code: 'config-missing',
      message: `ANSIBLE_CONFIG names ${shownPath(named, cwd)}, which can't be read`,
      remedy: found === undefined ? 'No ansible.cfg is read.' : `${shownPath(found, cwd)} is read instead.`,
    });
  }
  if (isPublic && (found === undefined || found !== named) && (await isReadable(here))) {
    warnings.push({
      code: 'config-public',
      file: 'ansible.cfg',
      message: 'not read, because anybody may write to this directory',
      remedy: 'As in Ansible: take that right away (chmod o-w .), or name the file by ANSIBLE_CONFIG.',
    });
  }
  return found;
}

async function namedFile(
  written: string,
  cwd: string,
  home: string,
  env: SettingsRequest['env'],
): Promise<string> {
  const expanded = expandPath(written, cwd, { env, cwd, home });
  const file = 'path' in expanded ? expanded.path : path.resolve(cwd, written);
  const found = await stat(file).catch(() => undefined);
  return found?.isDirectory() ? path.join(file, 'ansible.cfg') : file;
}

async function isReadable(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function parseFile(file: string, cwd: string) {
  const shown = shownPath(file, cwd);
  const fail = (message: string, remedy: string) => ({
    content: NO_FILE.content,
    problems: [{ code: 'invalid-config', file: shown, message, remedy }],
  });
  if (!/\.(cfg|ini)$/.test(file))
    return fail('its name ends neither in .cfg nor in .ini', 'Rename it: Ansible refuses it, too.');
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = decoder.decode(await readFile(file));
    if (text.startsWith('\uFEFF'))
      return fail('begins with a byte order mark', 'Save it as plain UTF-8: Ansible refuses it, too.');
    const { file: content, problems } = parseIniFile(text, shown);
    return { content, problems };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(`can't be read: ${reason}`, 'Check its permissions and that it is UTF-8 text.');
  }
}

/** `$NAME`, `${NAME}`, `~/` and `{{CWD}}`, as Ansible has them; what isn't set stays as it is written. */
function expandPath(
  written: string,
  folder: string,
  { env, cwd, home }: Pick<SettingsRequest, 'env' | 'cwd' | 'home'>,
): ReturnType<ExpandPath> {
  const text = written
    .replaceAll('{{CWD}}', cwd)
    .replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, bare, braced) => env[bare ?? braced] ?? whole);
  if (/^~[^/]/.test(text)) return { fault: 'the home of another user is not supported; write it out' };
  return { path: path.resolve(folder, text.replace(/^~(?=\/|$)/, home)) };
}
