import { expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { addressOf, BASE, type Family, inBothFamilies, packetsOf, sendSegments } from './common.ts';

const ACCEPT_QUESTIONS = '-A INPUT -p udp --dport 53 -j ACCEPT\n-A FORWARD -p udp --dport 53 -j ACCEPT\n';

/** Traffic that conntrack doesn't follow. */
export function stateless(world: () => World): void {
  /** Thirty questions over UDP, to the gateway itself or to b1 behind it. */
  const ask = async (at: 'gw1' | 'b1', family: Family, patienceMs?: number) => {
    const host = addressOf(at === 'gw1' ? world().gateway : world().backends[0], family);
    await world().listen(at, host, 53);
    // At once: a port that is free again may be given to the next one, and two questions from one port are one entry.
    const how = { count: 30, atOnce: 30, isUdp: true, ...(patienceMs !== undefined && { patienceMs }) };
    return tally(await world().connect('client', host, 53, how));
  };
  const entries = async (family: Family) => {
    const listed = await world().sh('gw1', `conntrack -L -f ${family} -p udp 2>/dev/null`);
    return listed.split('\n').filter((line) => line.includes('port=53 ')).length;
  };

  test('NOTRACK: 30 questions and their answers leave no entry, at the gateway itself and behind it', async () => {
    await world().load('notrack');
    await inBothFamilies(async (family) => {
      expect([await ask('gw1', family), await ask('b1', family)]).toEqual([{ gw1: 30 }, { b1: 30 }]);
      expect(await entries(family)).toBe(0);
    });
    await world().load(BASE, { more: `*filter\n${ACCEPT_QUESTIONS}COMMIT\n` });
    await inBothFamilies(async (family) => {
      expect([await ask('gw1', family), await ask('b1', family)]).toEqual([{ gw1: 30 }, { b1: 30 }]);
      expect(await entries(family)).toBe(60);
    });
  });

  test('NOTRACK: nobody outside can pass for the service', async () => {
    // The first segment comes from port 20001.
    const of = (address: string) => ({ address, protocol: 'tcp', port: 20001 });
    const [service, other] = world().backends;
    await world().load('notrack', {
      vars: { stateless: [of(addressOf(service, 'ipv4')), of(addressOf(service, 'ipv6'))] },
      more: '*mangle\n-A PREROUTING -p tcp --sport 20001\nCOMMIT\n',
    });
    await inBothFamilies(async (family) => {
      const [source, to] = [addressOf(service, family), addressOf(other, family)];
      await sendSegments(world(), [{ count: 1, source, to, port: 80, flags: 'ACK' }]);
      expect(await packetsOf(world(), family, /^-A PREROUTING .*--sport 20001/)).toBe(1);
      expect(await packetsOf(world(), family, /^-A STATELESS .*--sport 20001/)).toBe(0);
    });
  });

  test('mistake: NOTRACK in one direction: the answers make entries at the gateway, and are lost behind it', async () => {
    const questions = '*raw\n-A PREROUTING -p udp --dport 53 -j CT --notrack\nCOMMIT\n';
    await world().load(BASE, { more: `${questions}*filter\n${ACCEPT_QUESTIONS}COMMIT\n` });
    await inBothFamilies(async (family) => {
      expect(await ask('gw1', family)).toEqual({ gw1: 30 });
      expect(await entries(family)).toBe(30);
      expect(await ask('b1', family, BRIEF)).toEqual({ filtered: 30 });
    });
  });

  test('mistake: NOTRACK of what is DNATed: no connection gets past the gateway', async () => {
    const pair = ['dport', 'sport'].map((port) => `-A PREROUTING -p tcp --${port} 80 -j CT --notrack\n`);
    const accept = ['INPUT', 'FORWARD'].map(
      (chain) => `-A ${chain} -m conntrack --ctstate UNTRACKED -j ACCEPT\n`,
    );
    const more = `*raw\n${pair.join('')}COMMIT\n*filter\n${accept.join('')}COMMIT\n`;
    await world().load('reverse-proxy', { more });
    await inBothFamilies(async (family) => {
      const seen = await world().connect('client', addressOf(world().gateway, family), 80, { count: 6 });
      expect(tally(seen)).toEqual({ refused: 6 });
    });
  });
}
