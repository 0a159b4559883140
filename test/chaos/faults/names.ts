import type { Step } from '../scenario.ts';

const event = (name: string): Step => ({ kind: 'event', name });
const state = (name: string): Step => ({ kind: 'state', name });

const EARLY = [event('host.started'), event('host.connected'), state('prepared'), event('host.planned')];
const TRIAL = [
  event('host.armed'),
  state('armed'),
  state('applying'),
  state('applied'),
  event('host.applied'),
  event('check.observed'),
];
const KEPT = [state('confirming'), event('host.confirmed')];
const TAKEN_BACK = [state('rolling'), state('rolling'), event('host.rolledBack')];

type When = 'ever' | 'trial' | 'restore' | 'early' | 'applied';

/** Each fault, and in which part of a run it makes sense. */
const FAULTS = {
  'controller-kill': 'ever',
  'controller-stop': 'ever',
  'controller-clock': 'ever',
  'session-kill': 'ever',
  'runner-kill': 'trial',
  'guard-kill': 'trial',
  'both-kill': 'trial',
  'runner-stop': 'trial',
  'guard-stop': 'trial',
  'both-stop': 'trial',
  'restore-kill': 'restore',
  'restore-stop': 'restore',
  'link-down': 'ever',
  'packet-loss': 'ever',
  'cut-in': 'ever',
  'cut-out': 'ever',
  reboot: 'ever',
  'disk-full': 'ever',
  'read-only': 'ever',
  'gateway-clock': 'early',
  'xtables-lock': 'ever',
  'foreign-tool': 'early',
  'second-run': 'ever',
  'other-play': 'ever',
  'late-confirm': 'applied',
  'sshd-stop': 'ever',
  'sshd-down': 'ever',
} as const satisfies Readonly<Record<string, When>>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** The steps at which a fault can come, in a run that ends well or one that is taken back. */
export function stepsOf(name: FaultName, isGood: boolean): readonly Step[] {
  const end = isGood ? KEPT : TAKEN_BACK;
  switch (FAULTS[name]) {
    case 'ever':
      return [...EARLY, ...TRIAL, ...end];
    case 'trial':
      return [...TRIAL.slice(1), ...end.slice(0, -1)];
    case 'restore':
      return isGood
        ? [state('armed'), state('applying')]
        : [state('armed'), state('applying'), state('rolling')];
    case 'early':
      return EARLY;
    case 'applied':
      return [event('host.applied')];
  }
}
