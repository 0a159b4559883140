import type { Check, Observation } from '../../../checks/model.ts';
import { runChecks, type VantageHosts } from '../../../checks/run.ts';
import type { Pool } from '../../../playbook/pools.ts';
import type { Remote } from '../../../remote.ts';
import type { Look } from '../../../watch/health.ts';
import { lookOf } from '../../../watch/round.ts';
import type { WatchedPlay } from './watched.ts';

/** What each gateway gets to know of each backend. */
export type Looks = ReadonlyMap<string, ReadonlyMap<string, Look>>;

/** More than logging in to a vantage host takes: its own time-outs speak first. */
const DIALLING_MS = 60_000;

/** Looks at all backends of a pool once. What several gateways would have looked at alike is looked at once for all of them. */
export async function lookAt(
  { play, gateways, checks }: Pick<WatchedPlay, 'play' | 'gateways' | 'checks'>,
  { members }: Pool,
  hosts: VantageHosts,
  signal: AbortSignal,
): Promise<Looks> {
  const distinct = new Map<string, Check>();
  const keyOf = (check: Check, gateway: string) => {
    // A connection to a gateway that broke says nothing about the backend: the gateway looks as a vantage host does.
    const from = check.from === 'gateway' ? { host: gateway } : check.from;
    const { probe, timeoutSeconds } = check;
    const said = JSON.stringify(probe);
    // What is secret reads alike everywhere, and need not be the same.
    const whose = said.includes('[secret]') ? gateway : '';
    const key = JSON.stringify([play.id, from, said, timeoutSeconds, whose]);
    if (!distinct.has(key)) distinct.set(key, { ...check, name: key, from });
    return key;
  };
  const wanted = gateways.map((gateway) => {
    const keys = members.map(({ host: { name } }) => {
      const ofBackend = checks.get(gateway)?.get(name) ?? [];
      return [name, ofBackend.map((check) => keyOf(check, gateway))] as const;
    });
    return [gateway, keys] as const;
  });
  const all = [...distinct.values()];
  const slowest = Math.max(0, ...all.map(({ timeoutSeconds }) => timeoutSeconds));
  const options = { withinMs: slowest * 1000 + DIALLING_MS, signal };
  const seen = await runChecks(all, { gateway: NOBODY, hosts }, options, () => undefined);
  const at = Date.now();
  const looks = new Map(seen.map((one) => [one.check, lookFrom(one, at)]));
  return new Map(
    wanted.map(([gateway, keys]) => [
      gateway,
      new Map(
        keys.flatMap(([backend, some]) => {
          const look = lookOf(some.flatMap((key) => looks.get(key) ?? []));
          return look === undefined ? [] : [[backend, look] as const];
        }),
      ),
    ]),
  );
}

function lookFrom({ verdict, tried, seen }: Observation, at: number): Look {
  return { verdict, seen: `${tried}: ${seen}`, at };
}

const unused = () => {
  throw new Error('a watch has no gateway under test');
};

/** All looks are from the controller or from vantage hosts. */
const NOBODY: Remote = {
  run: async () => unused(),
  open: unused,
  fresh: async () => unused(),
  close: () => undefined,
};
