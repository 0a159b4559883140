import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { addressOf, type Family, inBothFamilies, packetsOf } from './common.ts';

const LISTENER = readFileSync(new URL('nflog.pl', import.meta.url), 'utf8');

/** What is said of dropped packets. */
export function logging(world: () => World): void {
  const scan = async (to: string, count: number, source = '') => {
    // Of TCP, a client that is held up repeats its SYNs.
    const how = { count, atOnce: count, sources: [source], patienceMs: BRIEF, isUdp: true };
    expect(tally(await world().connect('client', to, 81, how))).toEqual({ filtered: count });
  };

  test('logging: what is refused arrives at the NFLOG group: a few lines a source, for the gateway and behind it', async () => {
    await world().load('refuse');
    await elsewhere(world());
    const listener = listen(world(), 5, 18);
    await listener.ready;
    await inBothFamilies(async (family) => {
      const [loud, other, third] = family === 'ipv4' ? world().clients : SITES;
      const [gateway, behind] = [addressOf(world().gateway, family), addressOf(world().backends[0], family)];
      await Promise.all([scan(gateway, 20, loud), scan(gateway, 2, other), scan(behind, 1, third)]);
      expect(await packetsOf(world(), family, /^-A REFUSE .* -j NFLOG /)).toBe(9);
    });
    expect(await listener.lines).toEqual(Array(18).fill('sluice-drop: '));
  });

  test("logging: without a group it is the kernel's log", async () => {
    await world().load('refuse', { vars: { nflog_group: null } });
    await inBothFamilies(async (family) => {
      await scan(addressOf(world().gateway, family), 20, clientOf(world(), family));
      expect(await packetsOf(world(), family, /^-A REFUSE .* --log-prefix "sluice-drop: "$/)).toBe(6);
    });
  });

  test('mistake: a prefix of more than 29 characters is cut without a word', async () => {
    const long = 'a prefix that says far too much: ';
    const command = `iptables -A INPUT -j LOG --log-prefix "${long}" 2>&1; iptables-save -t filter`;
    const saved = await world().sh('gw1', command);
    expect(saved).toContain(`--log-prefix "${long.slice(0, 29)}"`);
    // No word of a complaint stands before what is saved.
    expect(saved.startsWith('#')).toBe(true);
  });
}

/** Each of a /64 of its own. */
const SITES = [1, 2, 3].map((number) => `fd00:66:0:${number}::1`);

async function elsewhere({ sh }: World): Promise<void> {
  await sh('client', SITES.map((address) => `ip addr replace ${address}/128 dev wan nodad`).join(' && '));
  await sh('gw1', 'ip route replace fd00:66::/48 via fd00:64::c:2');
}

function clientOf({ clients, clients6 }: World, family: Family): string {
  return (family === 'ipv4' ? clients : clients6)[3] ?? '';
}

/** Listens to an NFLOG group at the gateway until so many lines have come. */
function listen({ lab }: World, group: number, count: number) {
  const [file = '', ...args] = lab.command('gw1', ['perl', '-e', LISTENER, `${group}`, `${count}`]);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  const ready = once(output, 'line');
  output.on('line', (line) => lines.push(line));
  return { ready, lines: once(child, 'close').then(() => lines.slice(1)) };
}
