import type { Host } from '../../inventory/model.ts';
import { giveAnswer, readAnswer } from '../../journal/answers.ts';
import { type Journal, reopenJournal } from '../../journal/journal.ts';
import { thisProcess } from '../../journal/process.ts';
import { takeUp, type Work } from '../../journal/working.ts';
import { ProblemsError } from '../../problem.ts';
import { loadExtraVars } from '../../project/extra-vars.ts';
import type { Event } from '../../rollout/events.ts';
import { type Question, questionOf } from '../../rollout/questions.ts';
import { isGoingBack } from '../../rollout/remaining.ts';
import type { View } from '../views/view.ts';
import { type RunRequest, runPlaybook } from './apply.ts';
import { readHistory, type StoredHistory } from './history.ts';
import { readPlanFile } from './plan-file.ts';
import type { PreparedProject, ProjectRequest } from './prepare.ts';
import { requestOf } from './prepare-saved.ts';
import { operatorName } from './reach.ts';
import { changedInputs, hostsGone, movedHosts } from './resume-inputs.ts';
import { type Probe, silenceOf } from './resume-network.ts';
import { hostsOfPlays, type PlacesOf, type ResumeRecord, readResumeRecord } from './resume-record.ts';
import * as refusals from './resume-refusals.ts';
import type { RunEnd } from './run.ts';

/** A run that had stopped, and goes on. */
export type ResumedRun = {
  readonly run: string;
  readonly events: readonly Event[];
  readonly record: ResumeRecord;
  /** @throws ProblemsError where today's files say something else than when the run began */
  check(project: PreparedProject): Promise<void>;
  /** @throws ProblemsError where its hosts are elsewhere than when the run began */
  checkPlaces(project: PreparedProject, placesOf: PlacesOf): Promise<void>;
  /** @throws ProblemsError where none of its hosts answers */
  checkNetwork(probe: Probe): Promise<void>;
  /** All that it may have to do with, partners too. */
  hostsOf(project: PreparedProject): readonly Host[];
  /** Takes the run up. @throws ProblemsError where another process was quicker */
  openJournal(): Promise<Journal>;
};

/** What a person says to the question that a run waits with. */
export type Said = {
  readonly word: 'approve' | 'abort';
  /** Which of its pauses an approval is for, by its number or the name of its question; without it, the first one. */
  readonly pause?: string;
};

export type ResumeRequest = Pick<RunRequest, 'flags' | 'outputs' | 'isUnattended' | 'lockWaitMs'> & {
  /** As the user names the run. */
  readonly run: string;
  /** What a person says to the question that the run waits for. */
  readonly answer?: Said;
  /** Go on with today's files, whatever changed since. */
  readonly acceptsChanges: boolean;
  readonly typed: Pick<ProjectRequest, 'extraVars' | 'vault' | 'cwd' | 'settings'>;
  /** Undefined: as many as when the run began. */
  readonly forks: number | undefined;
  readonly view: View;
};

/**
 * Goes on with a run that was killed, interrupted, or waits for a person: in its own journal, by the same decisions.
 * @throws ProblemsError before anything is touched
 */
export async function resumeRun(request: ResumeRequest): Promise<RunEnd> {
  const { typed, answer } = request;
  const history = await readHistory(typed.cwd, request.run);
  const record = await resumable(history);
  const question = answer === undefined ? undefined : questionFor(answer, history);
  const savedPlan = record.planFile === undefined ? undefined : await readPlanFile(record.planFile);
  if (record.planFile !== undefined && savedPlan === undefined)
    throw new ProblemsError([refusals.planGone(record.planFile)]);
  const limit = record.hosts.join(',');
  const project: ProjectRequest =
    savedPlan === undefined
      ? { playbook: record.playbook, inventory: record.inventories, tags: record.tags, limit, ...typed }
      : requestOf(savedPlan, { ...typed, limit });
  if (savedPlan === undefined) await checkVars(record, project);
  const { acceptsChanges } = request;
  // Who goes back wants what was before, whatever the files say now; also where that was decided by a process that died.
  const said = answer?.word ?? (await lastAnswer(history));
  const goesBack = said === 'abort' || isGoingBack(history.events);
  const resumed: ResumedRun = {
    run: history.summary.id,
    events: history.events,
    record,
    check: async (prepared) => {
      const gone = hostsGone(record, prepared);
      if (gone.length > 0) throw new ProblemsError([refusals.hostsMissing(gone)]);
      if (goesBack || acceptsChanges) return;
      const changed = await changedInputs(history, record, prepared, typed.cwd);
      if (changed !== undefined)
        throw new ProblemsError([
          refusals.inputsChanged(history.summary.id, changed, savedPlan !== undefined),
        ]);
    },
    checkPlaces: async (prepared, placesOf) => {
      if (acceptsChanges) return;
      const moved = await movedHosts(history, record, prepared, placesOf, typed.cwd);
      if (moved !== undefined) throw new ProblemsError([refusals.hostsMoved(history.summary.id, moved)]);
    },
    checkNetwork: async (probe) => {
      const hosts = [...new Set([...history.summary.inFlight, ...record.hosts])];
      const silence = await silenceOf(hosts, history.events, probe);
      if (silence !== undefined)
        throw new ProblemsError([refusals.nobodyAnswers(history.summary.id, hosts, silence)]);
    },
    hostsOf: ({ inventory }) => hostsOfPlays(record.plays).flatMap((name) => inventory.hosts.get(name) ?? []),
    openJournal: async () => {
      if (answer !== undefined && question !== undefined) await give(history, question, answer.word);
      const work: Omit<Work, 'number'> = {
        process: thisProcess(),
        operator: operatorName(),
        since: new Date().toISOString(),
      };
      if (!takeUp(history.folder, history.work, work))
        throw new ProblemsError([refusals.takenUp(history.summary.id)]);
      return reopenJournal(history.folder);
    },
  };
  return runPlaybook({
    mode: 'apply',
    onlyDrifted: record.onlyDrifted,
    outputs: request.outputs,
    project,
    flags: request.flags,
    forks: request.forks ?? record.forks,
    takeOver: record.takeOver,
    isUnattended: request.isUnattended,
    lockWaitMs: request.lockWaitMs ?? 0,
    argv: [],
    view: request.view,
    savedPlan,
    planFile: record.planFile,
    resumed,
  });
}

/** The answer that was given to the last question of a run, whether its process came to hear it or not. */
async function lastAnswer({ folder, events }: StoredHistory): Promise<string | undefined> {
  const asked = events.findLast((event) => event.type === 'approval.asked');
  return asked === undefined ? undefined : (await readAnswer(folder, asked.name))?.answer;
}

/**
 * The question that an answer is for: of an approval, the one that the person has seen.
 * @throws ProblemsError where there is none, or it is another one
 */
export function questionFor({ word, pause }: Said, history: StoredHistory): Question {
  const question = questionOf(history.events);
  if (question === undefined) throw new ProblemsError([refusals.notWaiting(history)]);
  const isMeant = pause === question.name || Number(pause ?? 1) === question.pause;
  if (word === 'approve' && !isMeant)
    throw new ProblemsError([refusals.otherPause(history, question, pause)]);
  return question;
}

/**
 * Gives a person's answer: the first one counts.
 * @throws ProblemsError naming who was first
 */
export async function give(
  { folder, summary }: StoredHistory,
  { name }: Question,
  answer: Said['word'],
): Promise<void> {
  const isFirst = giveAnswer(folder, name, {
    answer,
    by: operatorName(),
    time: new Date().toISOString(),
  });
  if (isFirst) return;
  const first = await readAnswer(folder, name);
  throw new ProblemsError([refusals.alreadyAnswered(summary, first)]);
}

/** What is needed to go on. @throws ProblemsError where the run has ended, goes on, or can't be resumed */
async function resumable(history: StoredHistory): Promise<ResumeRecord> {
  const refusal = refusals.ofOutcome(history);
  if (refusal !== undefined) throw new ProblemsError([refusal]);
  const record = await readResumeRecord(history.folder);
  if (record === undefined) throw new ProblemsError([refusals.notResumable(history)]);
  return record;
}

/** Values of `-e` are not in the journal. */
async function checkVars(record: ResumeRecord, { extraVars, vault }: ProjectRequest): Promise<void> {
  const given = new Set(Object.keys(await loadExtraVars(extraVars, vault)));
  const missing = record.extraVars.filter((name) => !given.has(name));
  if (missing.length > 0) throw new ProblemsError([refusals.varsMissing(missing)]);
}
