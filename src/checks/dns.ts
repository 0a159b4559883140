import { randomInt } from 'node:crypto';
import { canonicalAnswer, decodeAnswer, encodeQuery } from './dns-message.ts';
import type { Kind, ProbeOf } from './kind.ts';
import { judgePort } from './port-state.ts';
import { oneLine, type Sight } from './sight.ts';
import { type Exchanged, exchangeAfar, exchangeHere } from './udp-exchange.ts';
import { endpoint } from './words.ts';

type DnsProbe = ProbeOf<'dns'>;

/** Asks a server for a name, over UDP. */
export const dnsKind: Kind<DnsProbe> = {
  tried: ({ name, type, address, port }) => `dns ${type} ${name} of ${endpoint(address, port)}`,
  expected: ({ type, expect }) => {
    if (expect.kind === 'nxdomain') return 'NXDOMAIN';
    if (expect.kind === 'answers') return oneLine(expect.answers.join(', '));
    return expect.port === 'open' ? `an answer of type ${type}` : expect.port;
  },
  here: async (probe, limitMs, cut) => {
    const id = randomInt(0x10000);
    const exchanged = await exchangeHere(datagramOf(probe, id), limitMs, cut);
    return exchanged === 'cut' ? exchanged : judgeDns(probe, id, exchanged);
  },
  there: (far, probe, limitMs, cut) => {
    const id = randomInt(0x10000);
    return exchangeAfar(far, datagramOf(probe, id), limitMs, cut, (exchanged) =>
      judgeDns(probe, id, exchanged),
    );
  },
};

/** Where a port is to be shut, any answer is one too many. */
function judgeDns(
  { type, expect }: Pick<DnsProbe, 'type' | 'expect'>,
  id: number,
  exchanged: Exchanged,
): Sight {
  if (exchanged.kind !== 'answered')
    return judgePort(expect.kind === 'port' ? expect.port : 'open', exchanged);
  const answer = decodeAnswer(exchanged.bytes, id, type);
  const wantsShut = expect.kind === 'port' && expect.port !== 'open';
  if (answer === undefined) return { verdict: 'fail', seen: 'an answer that is not one to this question' };
  const { rcode, answers, isTruncated } = answer;
  const said = answers.length === 0 ? `${rcode}, no answer of type ${type}` : answers.join(', ');
  const seen = oneLine(isTruncated ? `${said}, and more than a datagram holds` : said);
  const pass = (isRight: boolean): Sight => ({ verdict: isRight ? 'pass' : 'fail', seen });
  if (wantsShut) return pass(false);
  if (expect.kind === 'nxdomain') return pass(rcode === 'NXDOMAIN');
  if (expect.kind === 'port') return pass(rcode === 'NOERROR' && answers.length > 0);
  const wanted = [...new Set(expect.answers.map((one) => canonicalAnswer(one, type)))].sort();
  const had = [...new Set(answers.map((one) => canonicalAnswer(one, type)))].sort();
  return pass(!isTruncated && JSON.stringify(wanted) === JSON.stringify(had));
}

function datagramOf({ address, port, name, type }: DnsProbe, id: number) {
  return { address, port, payload: encodeQuery(id, name, type) };
}
