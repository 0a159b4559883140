import { describe, expect, it } from 'vitest';
import { silenceOf } from '../../../src/cli/operations/resume-network.ts';
import type { Dialled, Remote } from '../../../src/remote.ts';
import type { Event } from '../../../src/rollout/events.ts';

const startMs = Date.parse('2026-01-02T03:04:05.000Z');

/** A network on which hosts answer from some second on. */
function network(answersFrom: Readonly<Record<string, number>>) {
  let nowMs = startMs;
  const dialled: string[] = [];
  const waits: string[] = [];
  let closed = 0;
  const remote = { close: () => (closed += 1) } as unknown as Remote;
  return {
    dialled,
    waits,
    closed: () => closed,
    secondsPassed: () => (nowMs - startMs) / 1000,
    probe: {
      dial: async (host: string): Promise<Dialled> => {
        dialled.push(host);
        const isUp = nowMs >= startMs + (answersFrom[host] ?? Number.POSITIVE_INFINITY) * 1000;
        const problem = { code: 'unreachable', host, message: `${host} is silent`, remedy: '' };
        return isUp ? { kind: 'connected', remote } : { kind: 'unreachable', problem };
      },
      pause: async (ms: number) => {
        nowMs += ms;
      },
      nowMs: () => nowMs,
      onWait: (hosts: readonly string[], untilMs: number) =>
        waits.push(`${hosts.join(' ')} until ${(untilMs - startMs) / 1000} s`),
    },
  };
}

function armed(host: string, deadlineSeconds: number): Event {
  const at = { seq: 1, time: new Date(startMs).toISOString(), run: 'r' };
  const job = { play: 'edge', wave: 1, attempt: 1, token: 't' };
  return { ...at, ...job, type: 'host.armed', host, deadlineSeconds };
}

describe('whether anybody answers', () => {
  it('is known once one does, of those in flight or the others', async () => {
    const { probe, waits, closed } = network({ gw2: 0 });
    expect(await silenceOf(['gw1'], ['gw2'], [], probe)).toBeUndefined();
    expect(waits).toEqual([]);
    expect(closed()).toBe(1);
  });

  it('asks four of each', async () => {
    const names = (letter: string) => Array.from({ length: 9 }, (_, index) => `${letter}${index}`);
    const { probe, dialled } = network({});
    const silence = await silenceOf(names('a'), names('b'), [], probe);
    expect(dialled).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3']);
    expect(silence).toEqual({ hosts: dialled, why: 'a0 is silent' });
  });

  it('waits for what is on trial, and for a moment more', async () => {
    const events = [armed('gw1', 30), armed('gw2', 300)];
    const { probe, waits, secondsPassed } = network({});
    // gw2 was armed, and came to its end.
    expect(await silenceOf(['gw1'], ['gw2'], events, probe)).toMatchObject({ hosts: ['gw1', 'gw2'] });
    expect(waits).toEqual(['gw1 gw2 until 40 s']);
    expect(secondsPassed()).toBe(40);
  });

  it('goes on as soon as one comes back', async () => {
    const { probe, secondsPassed } = network({ gw1: 7 });
    expect(await silenceOf(['gw1'], [], [armed('gw1', 30)], probe)).toBeUndefined();
    expect(secondsPassed()).toBe(8);
  });

  it('of a run without hosts, nobody is silent', async () => {
    expect(await silenceOf([], [], [], network({}).probe)).toBeUndefined();
  });
});
