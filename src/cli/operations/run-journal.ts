import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isJinja } from '../../inventory/jinja/is-jinja.ts';
import { isPasswordName } from '../../inventory/secret-names.ts';
import { type Journal, openJournal } from '../../journal/journal.ts';
import type { RunRecord } from '../../journal/model.ts';
import { thisProcess } from '../../journal/process.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import { isScheduleName } from '../../schedule/model.ts';
import type { PreparedProject, ProjectRequest } from './prepare.ts';
import { operatorName } from './reach.ts';
import { revisionOf } from './revision.ts';
import { SCHEDULE_VARIABLE } from './schedule/run.ts';
import { version } from './version.ts';

/** What a journal says of its run before the first event. */
type JournalledRun = Pick<RunRecord, 'command' | 'argv'> & {
  readonly project: ProjectRequest;
  readonly reason?: string | undefined;
  readonly lock?: RunRecord['lock'] | undefined;
  /** What it takes to resume the run. */
  readonly resume?: object;
};

/** A run's record: what its command knows, and what only this process does. */
export async function recordOf(
  known: Pick<RunRecord, 'command' | 'argv' | 'playbook' | 'inventories' | 'to'> & {
    readonly reason?: string | undefined;
    readonly lock?: RunRecord['lock'] | undefined;
    readonly plays: readonly PlannedPlay[];
  },
  cwd: string,
): Promise<RunRecord> {
  const { reason, lock, plays, ...rest } = known;
  const playbookFolder = path.resolve(cwd, path.dirname(known.playbook));
  const beside = await revisionOf(playbookFolder);
  const git = beside ?? (playbookFolder === path.resolve(cwd) ? undefined : await revisionOf(cwd));
  return {
    ...rest,
    operator: operatorName(),
    version,
    process: thisProcess(),
    plays: plays.map(({ id, name, policy }) => ({ id, name, policy })),
    ...(reason === undefined ? {} : { reason }),
    ...(lock === undefined ? {} : { lock }),
    ...(git === undefined ? {} : { git }),
    ...ofSchedule(process.env[SCHEDULE_VARIABLE]),
  };
}

/** Starts the journal of a run that a playbook was prepared for, with copies of what it was made from. */
export async function startRunJournal(
  runId: string,
  { command, argv, project, reason, lock, resume }: JournalledRun,
  prepared: PreparedProject,
): Promise<Journal> {
  const { sources, loaded } = prepared;
  const referring = referringPassword(prepared);
  const passwords = plainPasswords(prepared);
  const files = [project.playbook, ...[...loaded.templates.values()].map(({ file }) => file), ...sources];
  const inputs = await Promise.all(
    [...new Set(files)].map(async (file) => {
      // Inline lists and directories are named in run.json; their files are not copied.
      const content = await readFile(path.resolve(project.cwd, file)).catch(() => undefined);
      if (content === undefined) return [];
      if (referring === undefined || !sources.includes(file))
        return [{ path: file, content: withoutPasswords(content, passwords) }];
      return [
        {
          path: file,
          content: Buffer.from(`# Not kept in the journal: ${referring} refers to other variables.\n`),
        },
      ];
    }),
  );
  return openJournal({
    folder: path.join(project.cwd, '.sluice'),
    runId,
    run: await recordOf(
      {
        command,
        argv,
        playbook: project.playbook,
        inventories: sources,
        plays: prepared.plays,
        reason,
        lock,
      },
      project.cwd,
    ),
    inputs: inputs.flat(),
    ...(resume === undefined ? {} : { resume }),
  });
}

/** `sluice schedule run` names itself to the run that it starts. */
function ofSchedule(name: string | undefined): Pick<RunRecord, 'schedule'> {
  return name !== undefined && isScheduleName(name) ? { schedule: name } : {};
}

/**
 * A file that sets a password is not kept, as how it is written there may differ from how it is typed; nor is one that holds a
 * password under another name, from which a constructed file composes it.
 */
function withoutPasswords(content: Buffer, passwords: ReadonlySet<string>): Buffer {
  const named = /ansible_\w*pass(word|phrase)?\b/.exec(content.toString('latin1'))?.[0];
  if (named !== undefined) return Buffer.from(`# Not kept in the journal: it sets ${named}.\n`);
  const isTold = [...passwords].some((password) => content.includes(password));
  return isTold ? Buffer.from('# Not kept in the journal: it holds a password.\n') : content;
}

/** The passwords of hosts that the inventory has in plain text. */
function plainPasswords({ hosts }: PreparedProject): ReadonlySet<string> {
  const written = hosts.flatMap(({ vars }) =>
    Object.entries(vars).flatMap(([name, value]) => (isPasswordName(name) ? [value] : [])),
  );
  const texts = written.filter((value) => typeof value === 'string' || typeof value === 'number');
  return new Set(texts.map(String).filter((text) => text !== ''));
}

/** The name of a password that is a template: what it refers to may be written anywhere in the inventory, under any name. */
function referringPassword({ hosts }: PreparedProject): string | undefined {
  const names = hosts.flatMap(({ vars }) => Object.keys(vars).filter((name) => isJinja(vars[name] ?? null)));
  return names.find(isPasswordName);
}
