import type { Inject } from '../stage.ts';
import {
  fillDisk,
  holdXtables,
  makeReadOnly,
  reboot,
  stepControllerClock,
  stepGatewayClock,
} from './machine.ts';
import type { FaultName } from './names.ts';
import { cutIn, cutOut, linkDown, losePackets } from './network.ts';
import { foreignTool, lateConfirm, otherPlay, secondRun, sshdDown } from './others.ts';
import {
  kill,
  killController,
  killRestore,
  killSession,
  stop,
  stopController,
  stopRestore,
  stopSshd,
} from './processes.ts';

export const INJECT: Readonly<Record<FaultName, Inject>> = {
  'controller-kill': killController,
  'controller-stop': stopController,
  'controller-clock': stepControllerClock,
  'session-kill': killSession,
  'runner-kill': kill('runner'),
  'guard-kill': kill('guard'),
  'both-kill': kill('runner', 'guard'),
  'runner-stop': stop('runner'),
  'guard-stop': stop('guard'),
  'both-stop': stop('runner', 'guard'),
  'restore-kill': killRestore,
  'restore-stop': stopRestore,
  'link-down': linkDown,
  'packet-loss': losePackets,
  'cut-in': cutIn,
  'cut-out': cutOut,
  reboot,
  'disk-full': fillDisk,
  'read-only': makeReadOnly,
  'gateway-clock': stepGatewayClock,
  'xtables-lock': holdXtables,
  'foreign-tool': foreignTool,
  'second-run': secondRun,
  'other-play': otherPlay,
  'late-confirm': lateConfirm,
  'sshd-stop': stopSshd,
  'sshd-down': sshdDown,
};
