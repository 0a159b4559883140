import { describe, expect, it } from 'vitest';
import { silenceOf } from '../../../src/cli/operations/resume-network.ts';
import type { Dialled, Remote } from '../../../src/remote.ts';
import type { Event, EventBody } from '../../../src/rollout/events.ts';

const startMs = Date.parse('2026-01-02T03:04:05.000Z');
const never = Number.POSITIVE_INFINITY;

type Network = {
  /** Hosts that answer, from some second on. */
  readonly answersFrom?: Readonly<Record<string, number>>;
  /** What those come to that don't. */
  readonly code?: string;
  /** Hosts that are silent until nobody asks any more. */
  readonly hanging?: readonly string[];
  readonly wallMs?: number;
};

function network({ answersFrom = {}, code = 'no-route', hanging = [], wallMs = startMs }: Network) {
  let passedMs = 0;
  const dialled: string[] = [];
  const waits: string[] = [];
  const closed: string[] = [];
  const unreachable = (host: string, what = code): Dialled => ({
    kind: 'unreachable',
    problem: { code: what, host, message: `${host}: ${what}`, remedy: '' },
  });
  return {
    dialled,
    waits,
    closed,
    secondsPassed: () => passedMs / 1000,
    probe: {
      forks: 2,
      dial: async (host: string, signal: AbortSignal): Promise<Dialled> => {
        dialled.push(host);
        if (hanging.includes(host)) {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return unreachable(host, 'aborted');
        }
        if (passedMs / 1000 < (answersFrom[host] ?? never)) return unreachable(host);
        return { kind: 'connected', remote: { close: () => closed.push(host) } as unknown as Remote };
      },
      pause: async (ms: number) => {
        passedMs += ms;
      },
      nowMs: () => wallMs + passedMs,
      elapsedMs: () => passedMs,
      onWait: (hosts: readonly string[], ms: number) => waits.push(`${hosts.join(' ')} for ${ms / 1000} s`),
    },
  };
}

const job = { play: 'edge', wave: 1, attempt: 1, token: 't' };

function told(...bodies: readonly Partial<Event>[]): readonly Event[] {
  const at = { time: new Date(startMs).toISOString(), run: 'r' };
  return bodies.map((body, seq) => ({ ...at, seq, ...job, ...body }) as Event);
}
const armed = (host: string, deadlineSeconds: number): EventBody => ({
  ...job,
  type: 'host.armed',
  host,
  deadlineSeconds,
});

describe('whether anybody answers', () => {
  it('is known once one does, however many before it are down; the others are left', async () => {
    const { probe, dialled, closed, waits } = network({ answersFrom: { gw5: 0 }, hanging: ['gw6'] });
    const hosts = ['gw1', 'gw2', 'gw3', 'gw4', 'gw5', 'gw6', 'gw7'];
    expect(await silenceOf(hosts, [], probe)).toBeUndefined();
    expect(dialled).toEqual(['gw1', 'gw2', 'gw3', 'gw4', 'gw5', 'gw6']);
    expect(closed).toEqual(['gw5']);
    expect(waits).toEqual([]);
  });

  it('closes all that answer at once', async () => {
    const { probe, closed } = network({ answersFrom: { gw1: 0, gw2: 0 } });
    expect(await silenceOf(['gw1', 'gw2'], [], probe)).toBeUndefined();
    expect(closed).toEqual(['gw1', 'gw2']);
  });

  it('nobody does: the first one says why, at once where nothing is on trial', async () => {
    const { probe, dialled, waits } = network({});
    expect(await silenceOf(['gw1', 'gw2', 'gw3'], [], probe)).toMatchObject({ message: 'gw1: no-route' });
    expect(dialled).toEqual(['gw1', 'gw2', 'gw3']);
    expect(waits).toEqual([]);
  });

  it.each(['auth-failed', 'host-key-changed', 'connection-closed', 'jump-refused'])(
    '%s is an answer',
    async (code) => {
      const { probe, dialled } = network({ code });
      expect(await silenceOf(['gw1'], told(armed('gw1', 30)), probe)).toBeUndefined();
      expect(dialled).toEqual(['gw1']);
    },
  );

  it('waits for what is on trial, and for its gateway to take it back', async () => {
    const { probe, waits, secondsPassed } = network({});
    const events = told(armed('gw1', 30), armed('gw2', 300), { type: 'host.finished', host: 'gw2' });
    expect(await silenceOf(['gw1', 'gw2'], events, probe)).toBeDefined();
    expect(waits).toEqual(['gw1 for 90 s']);
    expect(secondsPassed()).toBe(90);
  });

  it('goes on as soon as one comes back', async () => {
    const { probe, secondsPassed } = network({ answersFrom: { gw1: 7 } });
    expect(await silenceOf(['gw1'], told(armed('gw1', 30)), probe)).toBeUndefined();
    expect(secondsPassed()).toBe(8);
  });

  it.each([
    ['was confirmed', { type: 'host.confirmed', host: 'gw1' }],
    ['went back', { type: 'host.rolledBack', host: 'gw1' }],
    ['is followed by one that had not begun', { type: 'host.started', host: 'gw1' }],
  ] as const)('waits for no trial that %s', async (_, event) => {
    const { probe, waits } = network({});
    expect(await silenceOf(['gw1'], told(armed('gw1', 600), event), probe)).toBeDefined();
    expect(waits).toEqual([]);
  });

  it('waits no longer than a trial lasts, wherever the clock stands', async () => {
    const { probe, secondsPassed } = network({ wallMs: startMs - 86_400_000 });
    expect(await silenceOf(['gw1'], told(armed('gw1', 30)), probe)).toBeDefined();
    expect(secondsPassed()).toBe(90);
  });

  it('of a run without hosts, nobody is silent', async () => {
    expect(await silenceOf([], [], network({}).probe)).toBeUndefined();
  });
});
