import type { Answer } from '../../journal/answers.ts';
import type { Problem } from '../../problem.ts';
import { approveCommandOf, type Question } from '../../rollout/questions.ts';
import { listHosts } from '../views/host-list.ts';
import type { StoredHistory } from './history.ts';
import type { ChangedInputs } from './resume-inputs.ts';

type Summary = StoredHistory['summary'];

/** Why a run that ended so does not go on; undefined where it may. */
export function ofOutcome({ summary, work }: StoredHistory): Problem | undefined {
  const { id, outcome, run } = summary;
  switch (outcome) {
    case 'waiting':
    case 'interrupted':
    case 'killed':
      return undefined;
    case 'running': {
      const who = work.operator ?? run.operator;
      return {
        code: 'run-alive',
        message: `run ${id} goes on: process ${work.process?.pid} on ${work.process?.host}, started by ${who}${work.since === undefined ? ` at ${summary.time}` : ` at ${work.since}`}`,
        remedy: `sluice history ${id} shows how far it is. Ctrl-C there, or a SIGTERM to it, stops it; then it can be resumed.`,
      };
    }
    case 'open':
      return {
        code: 'run-elsewhere',
        message: `run ${id} has no end, and was at work on ${work.process?.host ?? 'another machine'}: nobody here can tell whether it still is`,
        remedy: `Resume it there. If that machine is gone for good, apply the playbook again: hosts that are done have nothing to do.`,
      };
    case 'done':
    case 'drifted':
      return {
        code: 'run-over',
        message: `run ${id} is done: there is nothing to go on with`,
        remedy: `sluice history ${id} shows it; sluice apply ${run.playbook} runs the playbook again.`,
      };
    case 'halted':
    case 'failed':
      return {
        code: 'run-over',
        message: `run ${id} has come to its end: it ${outcome === 'halted' ? 'was halted by a gate, and a gate decides once' : 'went through, and hosts failed'}`,
        remedy: `Mend what failed (sluice history ${id}), then apply again; --limit @${id}:failed takes the hosts that failed.`,
      };
  }
}

export function notResumable({ summary: { id, run } }: StoredHistory): Problem {
  const isApply = run.command === 'apply';
  return {
    code: 'run-not-resumable',
    message: isApply
      ? `run ${id} was journaled by a version that did not keep what a resume needs`
      : `run ${id} is a ${run.command}: only an apply can be resumed`,
    remedy: isApply
      ? 'Apply the playbook again: hosts that are done have nothing to do.'
      : 'Run it again: hosts that are done have nothing to do.',
  };
}

export function notWaiting({ summary: { id, outcome } }: StoredHistory): Problem {
  const isStopped = outcome === 'killed' || outcome === 'interrupted';
  return {
    code: 'run-not-waiting',
    message: `run ${id} waits for nobody's approval`,
    remedy: isStopped
      ? `It was ${outcome}: sluice resume ${id} goes on with it.`
      : `sluice history ${id} shows it.`,
  };
}

/** @param given the pause that an approval was for; without it, it is for the first one */
export function otherPause(
  { summary: { id } }: StoredHistory,
  question: Question,
  given: string | undefined,
): Problem {
  return {
    code: 'pause-not-meant',
    message: `run ${id} waits at its pause ${question.pause}, and ${given === undefined ? 'it is not said that this one is meant' : `not at pause ${given}`}`,
    remedy: `sluice history ${id} shows what it has come to by now; then: ${approveCommandOf(id, question.pause)}`,
  };
}

export function alreadyAnswered({ id, outcome }: Summary, first: Answer | undefined): Problem {
  const what = first?.answer === 'abort' ? 'aborted' : 'approved';
  return {
    code: 'already-answered',
    message: `run ${id} was ${what} already, by ${first?.by ?? 'somebody'}${first === undefined ? '' : ` at ${first.time}`}`,
    remedy:
      outcome === 'running'
        ? `sluice history ${id} shows how it goes on.`
        : `sluice resume ${id} goes on with that.`,
  };
}

export function takenUp(id: string): Problem {
  return {
    code: 'run-alive',
    message: `another process took run ${id} up at this moment`,
    remedy: `sluice history ${id} shows how it goes on.`,
  };
}

export function planGone(file: string): Problem {
  return {
    code: 'plan-files-gone',
    file,
    message: 'the run applied this saved plan, and it is not here any more',
    remedy: 'Put it back, or make a new plan and apply that: hosts that are done have nothing to do.',
  };
}

export function varsMissing(names: readonly string[]): Problem {
  const flags = names.map((name) => `-e ${name}=…`).join(' ');
  return {
    code: 'extra-vars-missing',
    message: `the run was given ${names.join(', ')} with -e, and a journal keeps no values`,
    remedy: `Give ${names.length === 1 ? 'it' : 'them'} again: ${flags}, or -e @file.`,
  };
}

export function hostsMissing(hosts: readonly string[]): Problem {
  return {
    code: 'hosts-gone',
    message: `the run's plan has ${listHosts(hosts)}, and inventory or playbook no longer do`,
    remedy: 'Put them back as they were; or apply the playbook anew: hosts that are done have nothing to do.',
  };
}

/** @param isPlanned it carries out a saved plan */
export function inputsChanged(id: string, changed: ChangedInputs, isPlanned: boolean): Problem {
  const { hosts } = changed;
  return {
    code: 'inputs-changed',
    message: `what is wanted of ${listHosts(hosts)} is not what it was when run ${id} began: ${whatChanged(changed, 'a variable of -e, or one that is gone')}`,
    remedy: isPlanned
      ? 'Put it back as it was: a saved plan is carried out as it was looked at, or not at all.'
      : 'Put it back as it was; or --accept-changes goes on with what the files say today.',
  };
}

/** @param first what the first of them came to */
export function nobodyAnswers(id: string, hosts: readonly string[], first: Problem): Problem {
  return {
    code: 'nobody-answers',
    message: `none of ${listHosts(hosts)} answers: ${first.message}`,
    remedy: `Nothing is decided, and run ${id} is as it was. Is the network up here? Then once more. Where they are gone for good, apply the playbook without them.`,
  };
}

export function hostsMoved(id: string, changed: ChangedInputs): Problem {
  const { hosts } = changed;
  const [are, were] = hosts.length === 1 ? ['is', 'it was'] : ['are', 'they were'];
  return {
    code: 'hosts-moved',
    message: `${listHosts(hosts)} ${are} not at the address where ${were} when run ${id} began: ${whatChanged(changed, 'a variable that is gone or of -e, an inventory script, a flag or the ssh_config')}`,
    remedy:
      'Put it back as it was; or, where these are the same machines, --accept-changes goes on at the addresses of today.',
  };
}

/** @param otherwise what it may be that the journal has no copy of */
function whatChanged({ files, unkept }: ChangedInputs, otherwise: string): string {
  const changed =
    files.length > 0
      ? `changed: ${files.join(', ')}`
      : `no file of the project was written to since, so it is ${otherwise}`;
  const maybe = unkept.length === 0 ? '' : `; it has no copy of ${unkept.join(', ')}, as they hold passwords`;
  return `${changed}${maybe}`;
}
