import type { NoticeKind } from '../playbook/model.ts';
import type { Event, RecapRow } from '../rollout/events.ts';
import { PAUSED_AFTER, Questions } from '../rollout/questions.ts';

/** What somebody is told of: of a play, or of the whole run. */
export type Notice = {
  readonly kind: NoticeKind;
  /** Only who this play's `notify` names is told. */
  readonly play?: string;
  readonly payload: object;
};

/** Follows the events of a run and says of what somebody is to be told. Holds no rule, no diff and no text of a check. */
export function createNotices(): { readonly of: (event: Event) => readonly Notice[] } {
  let about: object = {};
  let command = '';
  const drifted = new Set<string>();
  const questions = new Questions();
  /** Of the wave that bakes: how many hosts are watched, and how many were not well. */
  let baking = { hosts: 0, ill: 0 };
  const payload = (kind: NoticeKind, time: string, more: object) => ({
    version: 1,
    kind,
    time,
    ...about,
    ...more,
  });
  const halt = (time: string, { play, wave, decision }: Decided, arithmetic: string): Notice => {
    return { kind: 'halt', play, payload: payload('halt', time, { play, wave, decision, arithmetic }) };
  };
  return {
    of: (event) => {
      const { time, run } = event;
      questions.observe(event);
      switch (event.type) {
        case 'run.started':
          command = event.command;
          about = { run, command, playbook: event.playbook, operator: event.operator };
          return [];
        case 'host.compared':
          // Before a change, a host that differs is what the change is for.
          if (event.state === 'drifted' && (command === 'drift' || event.wave === 0)) drifted.add(event.host);
          return [];
        case 'gate.decided':
          return event.decision === 'proceed' ? [] : [halt(time, event, event.arithmetic)];
        case 'wave.baking':
          baking = { hosts: event.hosts.length, ill: 0 };
          return [];
        case 'host.verified':
          if (event.outcome.kind !== 'ok') baking = { ...baking, ill: baking.ill + 1 };
          return [];
        case 'wave.baked': {
          if (event.decision === 'proceed') return [];
          const { hosts, ill } = baking;
          // The event's own words hold what a check saw.
          const failed = `${ill} of ${hosts} ${hosts === 1 ? 'host' : 'hosts'} failed while baking`;
          return [halt(time, event, ill > 0 ? failed : event.arithmetic)];
        }
        case 'approval.asked': {
          const { play, wave, after } = event;
          const reason = `after ${PAUSED_AFTER[after]}`;
          const pause = questions.open?.pause;
          return [
            { kind: 'waiting', play, payload: payload('waiting', time, { play, wave, pause, reason }) },
          ];
        }
        case 'run.finished': {
          // It was told when it asked.
          if (event.waiting !== undefined) return [];
          const { exitCode, halted, recap, elapsedMs } = event;
          const found: Notice = { kind: 'drift', payload: payload('drift', time, { hosts: [...drifted] }) };
          const done: Notice = {
            kind: 'done',
            payload: payload('done', time, { exitCode, halted, elapsedMs, hosts: hostsBy(recap) }),
          };
          return [
            ...(drifted.size > 0 ? [found] : []),
            ...(command === 'drift' || command === 'verify' ? [] : [done]),
          ];
        }
        default:
          return [];
      }
    },
  };
}

type Decided = Pick<Extract<Event, { type: 'gate.decided' }>, 'play' | 'wave' | 'decision'>;

const COLUMNS = ['ok', 'changed', 'unreachable', 'failed', 'rolledBack', 'notStarted'] as const;

/** How many hosts ended so in some play, and the names of those that are not well. */
function hostsBy(recap: readonly RecapRow[]): object {
  return Object.fromEntries(
    COLUMNS.map((column) => {
      const names = recap.flatMap((row) => (row[column] > 0 ? [row.host] : []));
      return [column, column === 'ok' || column === 'changed' ? names.length : names];
    }),
  );
}
