import { describe, expect, test } from 'vitest';
import { tally } from '../tally.ts';
import { BRIEF, type World } from '../world.ts';
import { BASE, FAMILIES, packetsOf, sendSegments } from './common.ts';

/** Traffic that conntrack doesn't follow. */
export function stateless(world: () => World): void {
  describe.each(FAMILIES)('NOTRACK, %s', (family) => {
    const [service, own] = family === 'ipv4' ? ['10.65.255.1', '10.64.0.1'] : ['fd00:65::b:1', 'fd00:64::1'];
    const ask = async (host: string, patienceMs?: number) => {
      await world().listen(host === own ? 'gw1' : 'b1', host, 53);
      const questions = { count: 30, isUdp: true, ...(patienceMs !== undefined && { patienceMs }) };
      return tally(await world().connect('client', host, 53, questions));
    };
    const entries = async () => {
      const listed = await world().sh('gw1', `conntrack -L -f ${family} -p udp 2>/dev/null`);
      return listed.split('\n').filter((line) => line.includes('port=53 ')).length;
    };

    test('30 questions and their answers leave no entry, at the gateway itself and behind it', async () => {
      await world().load('notrack');
      expect([await ask(own), await ask(service)]).toEqual([{ gw1: 30 }, { b1: 30 }]);
      expect(await entries()).toBe(0);
      const tracked = `-A INPUT -p udp --dport 53 -j ACCEPT\n-A FORWARD -p udp --dport 53 -j ACCEPT\n`;
      await world().load(BASE, { more: `*filter\n${tracked}COMMIT\n` });
      expect([await ask(own), await ask(service)]).toEqual([{ gw1: 30 }, { b1: 30 }]);
      expect(await entries()).toBe(60);
    });

    test('nobody outside can pass for the service', async () => {
      // Segments come from port 20001.
      const one = { address: service, protocol: 'tcp', port: 20001 };
      await world().load('notrack', { vars: { stateless: [one] } });
      const to = family === 'ipv4' ? '10.65.255.2' : 'fd00:65::b:2';
      await sendSegments(world(), [{ count: 1, source: service, to, port: 80, flags: 'ACK' }]);
      expect(await packetsOf(world(), family, /^-A STATELESS .*--sport 20001/)).toBe(0);
    });

    test('mistake: one direction alone: the answers make entries at the gateway, and are lost behind it', async () => {
      const questions = `*raw\n-A PREROUTING -p udp --dport 53 -j CT --notrack\nCOMMIT\n`;
      const accept = `-A INPUT -p udp --dport 53 -j ACCEPT\n-A FORWARD -p udp --dport 53 -j ACCEPT\n`;
      await world().load(BASE, { more: `${questions}*filter\n${accept}COMMIT\n` });
      expect(await ask(own)).toEqual({ gw1: 30 });
      expect(await entries()).toBe(30);
      expect(await ask(service, BRIEF)).toEqual({ filtered: 30 });
    });

    test('mistake: of what is DNATed: no connection arrives', async () => {
      const pair =
        '-A PREROUTING -p tcp --dport 80 -j CT --notrack\n-A PREROUTING -p tcp --sport 80 -j CT --notrack\n';
      const accept =
        '-A INPUT -m conntrack --ctstate UNTRACKED -j ACCEPT\n-A FORWARD -m conntrack --ctstate UNTRACKED -j ACCEPT\n';
      await world().load('reverse-proxy', { more: `*raw\n${pair}COMMIT\n*filter\n${accept}COMMIT\n` });
      expect(tally(await world().connect('client', own, 80, { count: 6 }))).toEqual({ refused: 6 });
    });
  });
}
