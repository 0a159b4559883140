import type { RolloutPolicy } from '../playbook/model.ts';
import type { Outcome } from './outcome.ts';

/** What the gate looks at: one wave, and how many hosts its play had lost before it. */
export type WaveSoFar = {
  readonly policy: Pick<RolloutPolicy, 'maxFailPercentage' | 'maxFailures' | 'onFailure'>;
  readonly isCanary: boolean;
  /** Hosts in the wave, started or not. */
  readonly waveSize: number;
  /** Of the wave's hosts, as far as they have settled. */
  readonly outcomes: readonly Outcome[];
  /** Hosts of the play that failed in this run before this wave: in its earlier waves, or in an earlier play. */
  readonly failedBefore: number;
  /** Changes that were confirmed in this run before this wave. */
  readonly changedBefore: number;
  /** All hosts of the play, those that earlier plays lost included. */
  readonly playSize: number;
};

export type Decision = 'proceed' | 'halt' | 'roll_back_wave' | 'roll_back_all';

type GateDecision = {
  readonly decision: Decision;
  readonly reason: 'within_budget' | Objection['reason'];
  /** The sum behind the decision: `1 of 2 hosts failed in this wave = 50 % > max_fail_percentage 0 %`. */
  readonly arithmetic: string;
};

/** Decides, once a wave has ended, whether the next may start. Pure. */
export function gate(wave: WaveSoFar): GateDecision {
  const objection = objectionTo(wave);
  if (objection === undefined) {
    return {
      decision: 'proceed',
      reason: 'within_budget',
      arithmetic: `${shareOfWave(wave)}${shareOfRun(wave)} ≤ ${limitOf(wave)}${countWithin(wave)}`,
    };
  }
  return { decision: haltingDecision(wave), ...objection };
}

function haltingDecision({ policy, outcomes, changedBefore }: WaveSoFar): Decision {
  const changed = outcomes.filter(({ kind }) => kind === 'changed').length;
  if (policy.onFailure === 'rollback_all' && changed + changedBefore > 0) return 'roll_back_all';
  return policy.onFailure === 'rollback_wave' && changed > 0 ? 'roll_back_wave' : 'halt';
}

/** Whether a further host of the wave may start: not when the gate is already bound to halt. Pure. */
export function mayStartNext(wave: WaveSoFar): boolean {
  return objectionTo(wave) === undefined;
}

/** Everything but a confirmed change, nothing to change, and not started. Unreachable counts: the host is not as desired. */
export function isFailure(outcome: Outcome): boolean {
  return outcome.kind !== 'ok' && outcome.kind !== 'changed' && outcome.kind !== 'not_started';
}

type Objection = {
  readonly reason:
    | 'person_needed'
    | 'canary_missing'
    | 'canary_failed'
    | 'wave_over_budget'
    | 'run_over_budget'
    | 'whole_wave_failed';
  readonly arithmetic: string;
};

/** The first reason to halt. Each only ever grows with further outcomes, so what stops a wave also halts at its gate. */
function objectionTo(wave: WaveSoFar): Objection | undefined {
  const { isCanary, waveSize, failedBefore, playSize, policy } = wave;
  const failed = wave.outcomes.filter(isFailure).length;
  const unknown = countOf('unknown', wave);
  const max = policy.maxFailPercentage;
  if (unknown > 0) {
    return {
      reason: 'person_needed',
      arithmetic: `${unknown} of ${hosts(waveSize)} in this wave ended unknown: a person must look`,
    };
  }
  if (isCanary && waveSize === 0) {
    return { reason: 'canary_missing', arithmetic: 'no canary host is left: all failed in an earlier play' };
  }
  if (isCanary && failed > 0) {
    return { reason: 'canary_failed', arithmetic: `${shareOfWave(wave)}: a canary that fails always halts` };
  }
  if (isOver(failed, waveSize, max)) {
    return { reason: 'wave_over_budget', arithmetic: `${shareOfWave(wave)} > ${limitOf(wave)}` };
  }
  if (isOver(failedBefore + failed, playSize, max)) {
    const share = `${failedBefore + failed} of the play's ${hosts(playSize)} failed in this run`;
    return {
      reason: 'run_over_budget',
      arithmetic: `${share} = ${percent(failedBefore + failed, playSize)} > ${limitOf(wave)}`,
    };
  }
  if (policy.maxFailures !== undefined && failedBefore + failed > policy.maxFailures) {
    const arithmetic = `${hosts(failedBefore + failed)} of the play failed in this run > max_failures ${policy.maxFailures}`;
    return { reason: 'run_over_budget', arithmetic };
  }
  if (failed > 0 && failed === waveSize) {
    return {
      reason: 'whole_wave_failed',
      arithmetic: `${shareOfWave(wave)}: a wave that fails whole always halts`,
    };
  }
  return undefined;
}

/** Exceeds, as in Ansible: 1 of 4 is not over 25 %. Multiplied out, so that no division rounds. */
function isOver(failed: number, total: number, maxFailPercentage: number): boolean {
  return failed * 100 > maxFailPercentage * total;
}

function shareOfWave(wave: WaveSoFar): string {
  const failed = wave.outcomes.filter(isFailure).length;
  const unreachable = countOf('unreachable', wave);
  const among = unreachable === 0 ? '' : ` (${unreachable} unreachable)`;
  return `${failed} of ${hosts(wave.waveSize)} failed${among} in this wave = ${percent(failed, wave.waveSize)}`;
}

/** Where earlier waves, or earlier plays, lost some: that share has its say as well. */
function shareOfRun({ failedBefore, playSize, outcomes }: WaveSoFar): string {
  if (failedBefore === 0) return '';
  const failed = failedBefore + outcomes.filter(isFailure).length;
  return `, ${failed} of ${playSize} in this run = ${percent(failed, playSize)}`;
}

function limitOf(wave: WaveSoFar): string {
  return `max_fail_percentage ${wave.policy.maxFailPercentage} %`;
}

function countWithin({ policy, failedBefore, outcomes }: WaveSoFar): string {
  if (policy.maxFailures === undefined) return '';
  return `, ${failedBefore + outcomes.filter(isFailure).length} in this run ≤ max_failures ${policy.maxFailures}`;
}

function countOf(kind: Outcome['kind'], wave: WaveSoFar): number {
  return wave.outcomes.filter((outcome) => outcome.kind === kind).length;
}

/** Four digits: enough that a share just over its limit never prints as the limit. */
function percent(part: number, whole: number): string {
  return `${Number(((part * 100) / whole).toPrecision(4))} %`;
}

/** `1 host`, `3 hosts`. */
export function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`;
}
