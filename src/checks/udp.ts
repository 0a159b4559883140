import type { Kind, ProbeOf } from './kind.ts';
import { judgePort } from './port-state.ts';
import { oneLine, type Sight } from './sight.ts';
import { type Datagram, type Exchanged, exchangeAfar, exchangeHere } from './udp-exchange.ts';
import { endpoint, quote } from './words.ts';

type UdpProbe = ProbeOf<'udp'>;

/** Sends a datagram, and waits for an answer or a refusal. */
export const udpKind: Kind<UdpProbe> = {
  tried: ({ address, port }) => `udp ${endpoint(address, port)}`,
  expected: ({ expect, answer }) => (answer === undefined ? expect : `an answer with ${quote(answer)}`),
  here: async (probe, limitMs, cut) => {
    const exchanged = await exchangeHere(datagramOf(probe), limitMs, cut);
    return exchanged === 'cut' ? exchanged : judgeUdp(probe, exchanged);
  },
  there: (far, probe, limitMs, cut) =>
    exchangeAfar(far, datagramOf(probe), limitMs, cut, (exchanged) => judgeUdp(probe, exchanged)),
};

/** An answer is what `open` means of UDP; then the text that it must contain. */
function judgeUdp({ expect, answer }: Pick<UdpProbe, 'expect' | 'answer'>, exchanged: Exchanged): Sight {
  if (exchanged.kind !== 'answered') return judgePort(expect, exchanged);
  const text = exchanged.bytes.toString('utf8');
  const seen = `an answer of ${exchanged.bytes.length} bytes: ${quote(oneLine(text))}`;
  const { verdict } = judgePort(expect, { kind: 'open' });
  const isRight = verdict === 'pass' && (answer === undefined || text.includes(answer));
  return { verdict: isRight ? 'pass' : 'fail', seen };
}

function datagramOf({ address, port, payload }: UdpProbe): Datagram {
  return { address, port, payload: Buffer.from(payload, 'hex') };
}
