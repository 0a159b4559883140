import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DnsExpectation, DnsType, PortExpectation, Probe } from '../../src/checks/model.ts';
import type { LocalRemote } from '../local-remote.ts';
import { answering, answerOf } from './datagrams.ts';
import { check, observe } from './example.ts';
import { CLOSED_PORT, type Listening } from './servers.ts';
import { gatewayWith, isRoot, PROHIBITED, pathOf } from './tools.ts';

let echo: Listening;
let echo6: Listening;
let mute: Listening;
let names: Listening;
beforeAll(async () => {
  [echo, echo6, mute, names] = await Promise.all([
    answering((message) => message),
    answering((message) => message, '::1'),
    answering(() => undefined),
    answering(answerOf),
  ]);
});
afterAll(async () => {
  await Promise.all([echo.close(), echo6.close(), mute.close(), names.close()]);
});

/** NUL, line feed, quotes, `%`, `\` and what is not ASCII: nothing of it may get lost or be taken for something. */
const ODD = Buffer.from('\0a\n%s\\n"\'$(id)`é\xff', 'latin1').toString('hex');

function udp(port: number, expected: PortExpectation = 'open', more: object = {}): Probe {
  return { kind: 'udp', address: '127.0.0.1', port, payload: ODD, expect: expected, ...more };
}
function dns(type: DnsType, name: string, expected: DnsExpectation): Probe {
  return { kind: 'dns', name, type, address: '127.0.0.1', port: names.port, expect: expected };
}

const KITS = [
  ['the controller'],
  ['python3'],
  ['bash', 'timeout', 'dd', 'od', 'tr'],
  ['bash', 'timeout=busybox', 'dd=busybox', 'od=busybox', 'tr=busybox'],
  ['nc', 'od', 'tr'],
];

describe.each(KITS.map((tools) => ({ tools, title: tools.join(' and ') })))('with $title', ({ tools }) => {
  const isHere = tools.includes('the controller');
  const isThere = isHere || tools.every((tool) => pathOf(tool.split('=').at(-1) ?? tool) !== undefined);
  const hearsRefusals = !tools.includes('nc');
  let far: LocalRemote | undefined;
  beforeAll(() => {
    if (!isHere && isThere) far = gatewayWith(tools);
  });
  afterAll(() => far?.close());
  const from = isHere ? ('controller' as const) : ('gateway' as const);
  // nc takes its whole time.
  const timeoutSeconds = hearsRefusals ? 20 : 3;
  const look = (probe: Probe, seconds = timeoutSeconds) =>
    observe(check(probe, { from, timeoutSeconds: seconds }), far);

  it.skipIf(!isThere)('has an answer, byte for byte', async () => {
    const sent = Buffer.from(ODD, 'hex').toString('utf8');
    const seen = expect.stringContaining('an answer of 17 bytes');
    expect(Buffer.from(ODD, 'hex')).toHaveLength(17);
    expect(await look(udp(echo.port, 'open', { answer: sent }))).toMatchObject({ verdict: 'pass', seen });
    expect(await look(udp(echo.port, 'open', { answer: 'x' }))).toMatchObject({ verdict: 'fail', seen });
    expect(await look(udp(echo.port, 'closed'))).toMatchObject({ verdict: 'fail', seen });
    const v6 = { address: '::1', port: echo6.port };
    expect(await look(udp(echo6.port, 'open', v6))).toMatchObject({ verdict: 'pass' });
  });

  it.skipIf(!isThere)('tells refused from filtered, or says that it can not', async () => {
    const verdicts = async (port: number, patience = 2) =>
      (
        await Promise.all(
          (['open', 'closed', 'refused', 'filtered'] as const).map((one) => look(udp(port, one), patience)),
        )
      ).map(({ verdict }) => verdict);
    const unsure = ['fail', 'pass', 'unknown', 'unknown'];
    expect(await verdicts(CLOSED_PORT, timeoutSeconds)).toEqual(
      hearsRefusals ? ['fail', 'pass', 'pass', 'fail'] : unsure,
    );
    expect(await verdicts(mute.port)).toEqual(hearsRefusals ? ['fail', 'pass', 'fail', 'pass'] : unsure);
  });

  it.skipIf(!isThere).each<[DnsType, string, DnsExpectation, string, string]>([
    ['A', 'www.example.com', { kind: 'port', port: 'open' }, 'pass', '192.0.2.1, 192.0.2.2'],
    ['A', 'www.example.com', { kind: 'port', port: 'refused' }, 'fail', '192.0.2.1, 192.0.2.2'],
    [
      'A',
      'www.example.com',
      { kind: 'answers', answers: ['192.0.2.2', '192.0.2.1'] },
      'pass',
      '192.0.2.1, 192.0.2.2',
    ],
    ['A', 'www.example.com', { kind: 'answers', answers: ['192.0.2.1'] }, 'fail', '192.0.2.1, 192.0.2.2'],
    [
      'MX',
      'example.com',
      { kind: 'answers', answers: ['10 Mail.Example.com.'] },
      'pass',
      '10 mail.example.com',
    ],
    ['A', 'example.com', { kind: 'port', port: 'open' }, 'fail', 'NOERROR, no answer of type A'],
    ['A', 'no.example', { kind: 'nxdomain' }, 'pass', 'NXDOMAIN, no answer of type A'],
  ])('asks for %s of %s, expecting %j: %s', async (type, name, expected, verdict, seen) => {
    expect(await look(dns(type, name, expected))).toMatchObject({ verdict, seen });
  });
});

it.skipIf(!isRoot || pathOf('python3') === undefined)('hears that it is prohibited', async () => {
  const elsewhere = gatewayWith(['python3'], 'own network');
  const probe = udp(53, 'refused', { address: PROHIBITED });
  expect(await observe(check(probe, { from: 'gateway', timeoutSeconds: 20 }), elsewhere)).toMatchObject({
    verdict: 'pass',
    seen: 'administratively prohibited',
  });
  elsewhere.close();
});

it('says what to install where there is no tool', async () => {
  const bare = gatewayWith([]);
  expect(await observe(check(udp(1, 'closed'), { from: 'gateway' }), bare)).toMatchObject({
    verdict: 'unknown',
    obstacle: 'tool',
  });
  bare.close();
});
