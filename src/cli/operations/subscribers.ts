import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Subscriber } from '../../notify/notifier.ts';
import type { Target } from '../../notify/send.ts';
import type { Notify, Play, TextSource } from '../../playbook/model.ts';
import { type NotifyFile, parseNotifyFile } from '../../playbook/notify-file.ts';
import type { Problem } from '../../problem.ts';
import { openText } from '../../project/vault-text.ts';
import { Sensitive } from '../../sensitive.ts';
import type { Vault } from '../../vault/vault.ts';

type World = { readonly vault: Vault; readonly env: NodeJS.ProcessEnv };

/** Whom the plays tell, and why some can't be told. */
type Subscribers = { readonly subscribers: readonly Subscriber[]; readonly problems: readonly Problem[] };

/**
 * Whom the plays tell, and whom the project tells of each of them, with addresses and secrets fetched from where the entries say they
 * are. Files are relative to the playbook, or to the project's own file of entries.
 * @param projectFile that file, where the settings name one
 */
export async function loadSubscribers(
  plays: readonly Play[],
  projectFile: string | undefined,
  world: World,
): Promise<Subscribers> {
  const shared = await ofProject(projectFile);
  const problems = [...shared.problems];
  const subscribers: Subscriber[] = [];
  const add = async (ids: readonly string[], { file, notify }: NotifyFile) => {
    for (const { to, on, line } of notify) {
      const target = await targetOf(to, { file, line }, world, problems);
      if (target !== undefined) subscribers.push(...ids.map((play) => ({ play, on, target, file, line })));
    }
  };
  for (const play of plays) await add([play.id], play);
  await add(
    plays.map(({ id }) => id),
    shared,
  );
  return { subscribers, problems };
}

async function ofProject(
  file: string | undefined,
): Promise<NotifyFile & { readonly problems: readonly Problem[] }> {
  if (file === undefined) return { file: '', notify: [], problems: [] };
  try {
    return { file, ...parseNotifyFile(await readFile(file, 'utf8'), file) };
  } catch (error) {
    const message = `notify: the file that the settings name can't be read (${(error as NodeJS.ErrnoException).code})`;
    const remedy = 'Mend [sluice] notify in ansible.cfg, or SLUICE_NOTIFY.';
    return { file, notify: [], problems: [{ code: 'notify-unknown', file, message, remedy }] };
  }
}

type Place = { readonly file: string; readonly line: number };

async function targetOf(
  to: Notify['to'],
  place: Place,
  world: World,
  problems: Problem[],
): Promise<Target | undefined> {
  if (to.kind === 'command') return to;
  const fetched = async (source: TextSource) => {
    const found = await textOf(source, place, world);
    if (typeof found === 'string' && found !== '') return new Sensitive(found);
    problems.push(typeof found === 'string' ? missing(place, 'what it points at is empty') : found);
    return undefined;
  };
  const [url, secret] = [await fetched(to.url), await fetched(to.secret)];
  if (url === undefined || secret === undefined) return undefined;
  if (to.url.kind !== 'literal' && !isSafe(url)) {
    problems.push(missing(place, 'what it points at is no https address'));
    return undefined;
  }
  return { kind: 'webhook', url, secret };
}

async function textOf(source: TextSource, place: Place, { vault, env }: World): Promise<string | Problem> {
  switch (source.kind) {
    case 'literal':
      return source.text;
    case 'environment':
      return env[source.name]?.trim() ?? missing(place, `${source.name} is not set in the environment`);
    case 'file': {
      const file = path.resolve(path.dirname(place.file), source.file);
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
        missing(place, `${source.file} can't be read (${error.code})`),
      );
      if (typeof text !== 'string') return text;
      const opened = await openText(text, file, vault);
      return 'problem' in opened ? opened.problem : opened.text.trim();
    }
  }
}

/** In plain text only within this machine. */
function isSafe(url: Sensitive): boolean {
  try {
    const { protocol, hostname } = new URL(url.reveal());
    return (
      protocol === 'https:' ||
      (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    );
  } catch {
    return false;
  }
}

function missing(place: Place, message: string): Problem {
  return {
    code: 'notify-unknown',
    ...place,
    message: `notify: ${message}`,
    remedy: 'docs/notifications.md shows where addresses and secrets may be kept.',
  };
}
