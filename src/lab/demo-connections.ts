import type { Lab } from './lab.ts';

/** TCP connections that each gateway has accepted so far, by its name. */
export type Connections = ReadonlyMap<string, number>;

/**
 * Asks every gateway's kernel how many TCP connections it has accepted. These are those to its sshd, as nothing else
 * listens there: what is forwarded to the backends is not among them.
 */
export async function countConnections(lab: Lab): Promise<Connections> {
  const counts = lab.gateways.map(async ({ name }) => {
    const { stdout } = await lab.exec(name, ['cat', '/proc/net/snmp']);
    return [name, parsePassiveOpens(stdout)] as const;
  });
  return new Map(await Promise.all(counts));
}

/** Reads the counter from the two lines that `/proc/net/snmp` has for TCP: names, then values. */
export function parsePassiveOpens(text: string): number {
  const [names = [], values = []] = [...text.matchAll(/^Tcp: (.*)$/gm)].map(([, line = '']) =>
    line.split(' '),
  );
  const count = Number(values[names.indexOf('PassiveOpens')]);
  if (Number.isInteger(count)) return count;
  throw new Error(`/proc/net/snmp names no PassiveOpens: ${JSON.stringify(text)}`);
}

/** What came in between. */
export function connectionsSince(before: Connections, after: Connections): Connections {
  return new Map([...after].map(([gateway, count]) => [gateway, count - (before.get(gateway) ?? 0)]));
}
