import fc from 'fast-check';
import type { Family } from '../../../src/ruleset/model.ts';

/** A written rule without `-A CHAIN`, and the table it belongs to. */
export type WrittenRule = { readonly table: string; readonly text: string };

type Words = fc.Arbitrary<string>;

const int = (max: number, min = 0): Words =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min, max }).map(String) },
    { weight: 1, arbitrary: fc.integer({ min, max }).map((value) => `0x${value.toString(16)}`) },
    { weight: 1, arbitrary: fc.integer({ min, max }).map((value) => `0${value.toString(8)}`) },
  );
const pick = (...words: readonly string[]): Words => fc.constantFrom(...words);
const some = (words: readonly string[]): Words =>
  fc.shuffledSubarray([...words], { minLength: 1 }).map((each) => each.join(','));
const ordered = (max: number, separator: string): Words =>
  fc
    .tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }))
    .map(([a, b]) => `${Math.min(a, b)}${separator}${Math.max(a, b)}`);
const port: Words = fc.oneof(int(65_535, 1), pick('domain', 'sip', 'kerberos', 'https'));
const ports: Words = fc.oneof(port, ordered(65_535, ':'), int(65_535, 1).map((from) => `${from}:`), int(65_535).map((to) => `:${to}`), pick('0:65535', ':')); // biome-ignore format: a list
const text: Words = fc
  .string({
    minLength: 1,
    maxLength: 25,
    unit: fc.constantFrom(...'abcXYZ019 _-.,:;=+*?!#$%&/()[]{}<>|\'"\\é'),
  })
  .map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
const device: Words = pick('eth0', 'eth+', 'lo', 'wg0', 'br-1a2b', 'eth0.100', 'ppp0', 'abcdefghijklmno');
const mask32 = fc.oneof(int(4_294_967_295), fc.tuple(int(4_294_967_295), int(4_294_967_295)).map(([a, b]) => `${a}/${b}`), int(300)); // biome-ignore format: a list

const ipv4: Words = fc.ipV4();
const ipv6: Words = fc.oneof(
  fc.ipV6().filter((address) => !address.includes('.')),
  pick(
    '::1',
    '::',
    '2001:DB8::1',
    'fe80::',
    '::ffff:1.2.3.4',
    '1:0:0:2:0:0:0:3',
    '2001:db8:0:0:1::',
    '::1.2.3.4',
    'fd00:0:0:1::2',
  ),
);
const address = (family: Family): Words => (family === 'ipv4' ? ipv4 : ipv6);

function network(family: Family): Words {
  if (family === 'ipv6')
    return fc.oneof(
      ipv6,
      fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([a, bits]) => `${a}/${bits}`),
    );
  return fc.oneof(
    ipv4,
    fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([a, bits]) => `${a}/${bits}`),
    fc
      .tuple(ipv4, pick('255.0.0.0', '255.255.0.255', '255.255.255.255', '255.255.252.0'))
      .map(([a, m]) => `${a}/${m}`),
    pick('10/8', '192.168/16', '172.16.1/24', '0/0'),
  );
}

const join = (...parts: readonly Words[]): Words =>
  fc.tuple(...parts).map((each) => each.filter((one) => one !== '').join(' '));
const given = (name: string, value: Words): Words => value.map((one) => `${name} ${one}`);
const under = (names: readonly string[], value: Words): Words =>
  pick(...names).chain((name) => given(name, value));
const not = (words: Words): Words => fc.tuple(fc.boolean(), fc.nat(2), words).map(([isNegated, rare, one]) => (isNegated && rare === 0 ? `! ${one}` : one)); // biome-ignore format: short
const maybe = (words: Words): Words => fc.oneof(fc.constant(''), words);
const shuffled = (...parts: readonly Words[]): Words =>
  fc.tuple(fc.tuple(...parts), fc.shuffledSubarray(parts.map((_, at) => at), { minLength: parts.length })).map(([each, order]) => order.map((at) => each[at]).filter((one) => one !== '').join(' ')); // biome-ignore format: short

const STATES = ['NEW', 'INVALID', 'ESTABLISHED', 'RELATED', 'UNTRACKED'];
const FLAGS = ['SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH'];

/** Matches that may stand in any rule. */
function anyMatch(family: Family): Words {
  const ip = address(family);
  const range = fc.tuple(ip, ip).map(([a, b]) => `${a}-${a === b ? a : b}`);
  const common: readonly Words[] = [
    given('-m state', not(given('--state', some(STATES)))),
    join(pick('-m conntrack'), shuffled(not(given('--ctstate', some([...STATES, 'SNAT', 'DNAT']))), maybe(not(given('--ctproto', pick('tcp', '17', 'gre')))), maybe(not(given('--ctorigdst', ip))), maybe(not(given('--ctorigdstport', ports))), maybe(not(given('--ctstatus', some(['EXPECTED', 'ASSURED', 'SEEN_REPLY', 'CONFIRMED'])))), maybe(given('--ctdir', pick('ORIGINAL', 'REPLY'))), maybe(not(given('--ctexpire', fc.oneof(int(9999), ordered(9999, ':'))))))), // biome-ignore format: short
    given('-m comment --comment', text),
    join(pick('-m limit'), shuffled(maybe(given('--limit', fc.tuple(fc.integer({ min: 1, max: 2000 }), pick('/s', '/sec', '/second', '/m', '/min', '/minute', '/h', '/hour', '/d', '/day', '')).map(([n, unit]) => `${n}${unit}`))), maybe(given('--limit-burst', int(100, 1))))), // biome-ignore format: short
    given('-m mark', not(given('--mark', mask32))),
    given('-m connmark', not(given('--mark', mask32))),
    join(pick('-m addrtype'), shuffled(not(given('--dst-type', some(['LOCAL', 'unicast', 'MULTICAST', 'ANYCAST', ...(family === 'ipv4' ? ['BROADCAST'] : [])]))), maybe(not(given('--src-type', pick('LOCAL', 'UNICAST')))))), // biome-ignore format: short
    join(pick('-m recent'), shuffled(not(pick('--set', '--remove')), maybe(given('--name', pick('ssh', 'A_b-1'))), maybe(pick('--rsource', '--rdest')), maybe(given('--mask', family === 'ipv4' ? pick('255.255.255.0', '255.255.255.255') : pick('ffff::', 'ffff:ffff:ffff:ffff::'))))), // biome-ignore format: short
    join(pick('-m recent'), shuffled(not(pick('--rcheck', '--update')), given('--seconds', int(9999, 1)), maybe(given('--hitcount', fc.integer({ min: 1, max: 20 }).map(String))), maybe(pick('--rttl')), maybe(pick('--reap')), maybe(given('--name', pick('ssh', 'web'))))), // biome-ignore format: short
    join(pick('-m iprange'), not(given('--src-range', range))),
    join(pick('-m iprange'), shuffled(not(given('--src-range', range)), not(given('--dst-range', range)))),
    join(pick('-m hashlimit'), shuffled(under(['--hashlimit-upto', '--hashlimit-above', '--hashlimit'], fc.tuple(fc.integer({ min: 1, max: 3000 }), pick('/sec', '/min', '/hour', '/day')).map(([n, unit]) => `${n}${unit}`)), fc.nat(1e6).map((n) => `--hashlimit-name h${n}`), maybe(given('--hashlimit-burst', int(99, 1))), maybe(given('--hashlimit-mode', some(['srcip', 'dstip', 'srcport', 'dstport']))), maybe(given('--hashlimit-htable-expire', int(90_000, 1))), maybe(given('--hashlimit-htable-size', int(4000, 1))), maybe(given('--hashlimit-htable-gcinterval', int(4000, 1))), maybe(given('--hashlimit-srcmask', int(32))))), // biome-ignore format: short
    join(pick('-m connlimit'), shuffled(not(given('--connlimit-above', int(5000))), maybe(given('--connlimit-mask', int(32))), maybe(pick('--connlimit-saddr', '--connlimit-daddr')))), // biome-ignore format: short
    join(pick('-m connbytes'), shuffled(not(given('--connbytes', fc.oneof(int(9999, 1), ordered(99_999, ':'), int(99, 1).map((n) => `${n}:`)))), given('--connbytes-mode', pick('packets', 'bytes', 'avgpkt')), given('--connbytes-dir', pick('original', 'reply', 'both')))), // biome-ignore format: short
    given('-m statistic --mode random', not(given('--probability', fc.double({ min: 0, max: 1, noNaN: true }).map((p) => p.toFixed(8))))), // biome-ignore format: short
    fc.integer({ min: 1, max: 50 }).chain((every) => given('-m statistic --mode nth', not(fc.nat(every - 1).map((packet) => `--every ${every} --packet ${packet}`)))), // biome-ignore format: short
    given('-m length', not(given('--length', fc.oneof(int(65_535), ordered(65_535, ':'), int(99).map((n) => `${n}:`), int(99).map((n) => `:${n}`))))), // biome-ignore format: short
    given('-m mac', not(given('--mac-source', pick('00:1A:2b:3c:4D:5e', 'ff:ff:ff:ff:ff:ff')))),
    given('-m pkttype', not(given('--pkt-type', pick('unicast', 'broadcast', 'multicast', 'bcast', 'host')))),
    given('-m tos', not(given('--tos', fc.oneof(int(255), fc.tuple(int(255), int(255)).map(([a, b]) => `${a}/${b}`), pick('Minimize-Delay', 'normal-service'))))), // biome-ignore format: short
    given('-m dscp', not(fc.oneof(given('--dscp', int(63)), given('--dscp-class', pick('EF', 'AF11', 'af43', 'CS7', 'BE'))))), // biome-ignore format: short
    given('-m helper', given('--helper', pick('ftp', 'sip', 'ftp-2121'))),
    given('-m quota', not(given('--quota', int(2 ** 31 - 1)))),
    join(pick('-m string'), shuffled(not(fc.oneof(given('--string', text), given('--hex-string', pick('"|0d0a|"', '"GET |00 01|x"', '"|41 42|"')))), given('--algo', pick('bm', 'kmp')), maybe(given('--from', int(999))), maybe(given('--to', int(65_535, 1000))), maybe(pick('--icase')))), // biome-ignore format: short
    join(pick('-m time'), shuffled(maybe(given('--timestart', pick('8:00', '08:30:05', '0:00'))), maybe(given('--timestop', pick('18:00', '23:59:59'))), maybe(not(given('--weekdays', some(['Mon', 'Tue', '5', 'Sun'])))), maybe(not(given('--monthdays', some(['1', '5', '31', '12'])))), maybe(given('--datestart', pick('2024-02-29', '2030-12-31T10:20'))), maybe(given('--datestop', pick('2031-01-01', '2036-05-05T01:02:03'))), maybe(pick('--kerneltz', '--contiguous', '--utc')))), // biome-ignore format: short
    given('-m u32 --u32', pick('"6&0xFF=1 && 4&0x3FFF=0"', '"0>>22&0x3C@4=1:5,7"', '"!0"', '"12=0x10"').filter((one) => one !== '"!0"')), // biome-ignore format: short
    join(
      pick('-m physdev'),
      not(given('--physdev-in', pick('eth0', 'vnet+'))),
      maybe(not(pick('--physdev-is-bridged'))),
    ),
    join(pick('-m policy'), shuffled(given('--dir', pick('in', 'out')), given('--pol', pick('ipsec')), maybe(not(given('--reqid', int(999)))), maybe(not(given('--proto', pick('esp', 'ah')))), maybe(not(given('--mode', pick('tunnel', 'transport')))), maybe(not(given('--spi', int(9999)))))), // biome-ignore format: short
    given('-m cpu', not(given('--cpu', int(99)))),
    join(pick('-m socket'), shuffled(maybe(pick('--transparent')), maybe(pick('--nowildcard')), maybe(pick('--restore-skmark')))), // biome-ignore format: short
    given('-m devgroup', not(given('--src-group', int(99)))),
    given('-m connlabel', join(not(given('--label', fc.nat(127).map(String))), maybe(pick('--set')))),
    given('-m set', join(not(given('--match-set', pick('s src,dst', 's src', 's dst,dst'))), maybe(pick('--return-nomatch')), maybe(given('--packets-gt', int(99))))), // biome-ignore format: short
    join(pick('-m owner'), shuffled(not(given('--uid-owner', fc.oneof(int(70_000).filter((n) => !/^0./.test(n)), ordered(9999, '-'), pick('root')))), maybe(not(given('--gid-owner', pick('0', '100', 'root')))), maybe(not(pick('--socket-exists'))))), // biome-ignore format: short
  ];
  const own: readonly Words[] =
    family === 'ipv4'
      ? [join(pick('-m ttl'), fc.oneof(not(given('--ttl-eq', int(255))), given('--ttl-lt', int(255)), given('--ttl-gt', int(255)))), given('-m realm', not(given('--realm', fc.oneof(int(99), fc.tuple(int(99), int(99)).map(([a, b]) => `${a}/${b}`)))))] // biome-ignore format: short
      : [join(pick('-m hl'), fc.oneof(not(given('--hl-eq', int(255))), given('--hl-lt', int(255)), given('--hl-gt', int(255)))), join(pick('-m frag'), shuffled(maybe(not(given('--fragid', fc.oneof(int(999), ordered(999, ':'))))), maybe(pick('--fragfirst')), maybe(pick('--fraglast')))), pick('-m eui64'), join(pick('-m rt'), shuffled(not(given('--rt-type', int(9))), maybe(not(given('--rt-segsleft', fc.oneof(int(99), ordered(99, ':')))))))]; // biome-ignore format: short
  return fc.oneof(...common, ...own);
}

type Transport = { readonly protocol: string; readonly text: string };

/** `-p` with the matches that need it, in whatever order people write them. */
function transport(family: Family): fc.Arbitrary<Transport> {
  const portOptions = shuffled(
    maybe(under(['--dport', '--destination-port'], ports)),
    maybe(not(given('--sport', port))),
  );
  const flags = fc.oneof(not(pick('--syn')), not(given('--tcp-flags', fc.tuple(fc.oneof(some(FLAGS), pick('ALL')), fc.oneof(some(FLAGS), pick('NONE', 'ALL'))).map(([a, b]) => `${a} ${b}`)))); // biome-ignore format: short
  const multi = given('-m multiport', not(join(pick('--dports', '--sports', '--ports', '--destination-ports'), fc.array(fc.oneof(int(65_535), ordered(65_535, ':').filter((one) => new Set(one.split(':')).size > 1), pick('domain', 'sip')), { minLength: 1, maxLength: 7 }).map((list) => list.join(','))))); // biome-ignore format: short
  const tcp = fc.oneof(join(pick('-p tcp', '-p 6', '--protocol TCP'), maybe(pick('-m tcp')), portOptions, maybe(flags)), join(pick('-p tcp'), multi), join(pick('-p tcp -m tcp'), flags, maybe(multi)), pick('-p tcp -m tcp --tcp-option 5', '-p tcp ! --tcp-option 8', '-p tcp -m tcpmss --mss 400:1400', '-p tcp -m ecn --ecn-tcp-ece')); // biome-ignore format: short
  const udp = fc.oneof(
    join(pick('-p udp', '-p 17'), maybe(pick('-m udp')), portOptions),
    join(pick('-p udp'), multi),
  );
  const icmp =
    family === 'ipv4'
      ? join(pick('-p icmp'), not(given('--icmp-type', fc.oneof(int(254), fc.tuple(int(254), int(255)).map(([a, b]) => `${a}/${b}`), pick('any', 'echo-request', 'ping', 'host-unreachable', 'fragmentation-needed', 'time-exceeded', 'redirect', 'ttl-exceeded', 'TOS-host-redirect'))))) // biome-ignore format: short
      : join(pick('-p icmpv6', '-p ipv6-icmp', '-p 58'), not(given('--icmpv6-type', fc.oneof(int(254), fc.tuple(int(254), int(255)).map(([a, b]) => `${a}/${b}`), pick('echo-request', 'packet-too-big', 'neighbour-solicitation', 'router-advertisement', 'no-route', 'redirect'))))); // biome-ignore format: short
  const other = join(
    not(
      given(
        '-p',
        pick('gre', 'esp', '50', 'ah', '89', 'vrrp', 'igmp', '200', 'sctp', 'tcp', '2', '4', '41', '47'),
      ),
    ),
  );
  return fc.oneof(
    { weight: 4, arbitrary: tcp.map((one) => ({ protocol: 'tcp', text: one })) },
    { weight: 3, arbitrary: udp.map((one) => ({ protocol: 'udp', text: one })) },
    { weight: 1, arbitrary: icmp.map((one) => ({ protocol: 'icmp', text: one })) },
    { weight: 1, arbitrary: other.map((one) => ({ protocol: '', text: one })) },
    { weight: 1, arbitrary: join(pick('-p sctp'), maybe(given('--dport', ports.filter((one) => !/[a-z]{3}/.test(one))))).map((one) => ({ protocol: 'sctp', text: one })) }, // biome-ignore format: short
    { weight: 2, arbitrary: fc.constant({ protocol: '', text: '' }) },
  );
}

/** Targets by table; `protocol` as far as they need one. */
function target(family: Family, table: string, protocol: string): Words {
  const hasPorts = protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp';
  const ip = address(family);
  const marks = pick('--set-mark', '--set-xmark').chain((name) => given(name, mask32));
  const bits = pick('--and-mark', '--or-mark', '--xor-mark').chain((name) => given(name, int(4_294_967_295)));
  const span = fc.oneof(int(65_535, 1).filter((n) => !/^0/.test(n)), ordered(65_535, '-').filter((one) => new Set(one.split('-')).size > 1)); // biome-ignore format: short
  const nat = fc.oneof(ip, ...(hasPorts ? [fc.tuple(ip, span).map(([a, p]) => (family === 'ipv4' ? `${a}:${p}` : `[${a}]:${p}`))] : [])); // biome-ignore format: short
  if (table === 'nat')
    return fc.oneof(
      join(given('-j DNAT --to-destination', nat), maybe(pick('--random')), maybe(pick('--persistent'))),
      join(given('-j SNAT --to-source', nat), maybe(pick('--persistent')), maybe(pick('--random-fully'))),
      join(pick('-j MASQUERADE'), ...(hasPorts ? [maybe(given('--to-ports', span))] : []), maybe(pick('--random')), maybe(pick('--random-fully'))), // biome-ignore format: short
      join(pick('-j REDIRECT'), ...(hasPorts ? [maybe(under(['--to-ports', '--to-port'], span))] : [])),
      given('-j NETMAP --to', family === 'ipv4' ? fc.tuple(ipv4, fc.integer({ min: 1, max: 32 })).map(([a, n]) => `${a}/${n}`) : pick('2001:db8::/64', 'fd00::1')), // biome-ignore format: short
    );
  if (table === 'mangle')
    return fc.oneof(
      join(pick('-j MARK'), fc.oneof(marks, bits)),
      join(pick('-j CONNMARK'), fc.oneof(marks, bits, join(pick('--save-mark', '--restore-mark'), fc.oneof(fc.constant(''), given('--mask', int(999)), join(given('--nfmask', int(999)), given('--ctmask', int(999))))))), // biome-ignore format: short
      given('-j TOS', fc.oneof(given('--set-tos', fc.oneof(int(255), fc.tuple(int(255), int(255)).map(([a, b]) => `${a}/${b}`))), given('--and-tos', int(255)), given('--or-tos', int(255)), given('--xor-tos', int(255)))), // biome-ignore format: short
      given('-j DSCP', fc.oneof(given('--set-dscp', int(63)), given('--set-dscp-class', pick('EF', 'CS3')))),
      given('-j CLASSIFY --set-class', pick('1:10', 'a:B', '0:ffff', '1234:1')),
      given(family === 'ipv4' ? '-j TTL' : '-j HL', pick('set', 'inc', 'dec').chain((how) => given(`--${family === 'ipv4' ? 'ttl' : 'hl'}-${how}`, int(255, 1)))), // biome-ignore format: short
      ...(protocol === 'tcp' || protocol === 'udp' ? [join(given('-j TPROXY --on-port', int(65_535)), maybe(given('--on-ip', ip)), maybe(given('--tproxy-mark', mask32)))] : []), // biome-ignore format: short
      pick('-j CHECKSUM --checksum-fill'),
    );
  if (table === 'raw')
    return fc.oneof(
      pick('-j NOTRACK', '-j CT --notrack', '-j TRACE', '-j CT'),
      given('-j CT --zone', int(65_535, 1)),
    );
  return fc.oneof(
    { weight: 4, arbitrary: pick('-j ACCEPT', '-j DROP', '-j RETURN', '-j OTHER', '-g OTHER', '') },
    { weight: 1, arbitrary: join(pick('-j REJECT'), maybe(given('--reject-with', fc.oneof(...(family === 'ipv4' ? [pick('icmp-host-unreachable', 'host-unreach', 'icmp-admin-prohibited', 'port-unreach')] : [pick('icmp6-adm-prohibited', 'no-route', 'addr-unreach')]), ...(protocol === 'tcp' ? [pick('tcp-reset')] : []))))) }, // biome-ignore format: short
    { weight: 1, arbitrary: join(pick('-j LOG'), shuffled(maybe(given('--log-prefix', text)), maybe(given('--log-level', pick('4', 'warning', 'debug', '0', 'error', 'crit', 'notice', 'alert', 'info', '5'))), maybe(pick('--log-uid')), maybe(pick('--log-ip-options')), maybe(pick('--log-tcp-options')), maybe(pick('--log-macdecode')), maybe(pick('--log-tcp-sequence')))) }, // biome-ignore format: short
    { weight: 1, arbitrary: join(pick('-j NFLOG'), shuffled(maybe(given('--nflog-prefix', text)), maybe(given('--nflog-group', int(65_535))), maybe(given('--nflog-threshold', int(999, 1))), maybe(given('--nflog-size', int(999, 1))))) }, // biome-ignore format: short
    { weight: 1, arbitrary: join(pick('-j NFQUEUE'), fc.oneof(given('--queue-num', int(65_535)), given('--queue-balance', pick('0:3', '10:20'))), maybe(pick('--queue-bypass'))) }, // biome-ignore format: short
    { weight: 1, arbitrary: join(given('-j SET', fc.oneof(join(pick('--add-set s src,dst'), maybe(pick('--exist'))), pick('--del-set s src,dst')))) }, // biome-ignore format: short
    {
      weight: 1,
      arbitrary: given(
        '-j TEE --gateway',
        ip.filter((one) => one !== '::' && one !== '0.0.0.0'),
      ),
    },
    { weight: 1, arbitrary: pick('-j AUDIT --type drop', '-j IDLETIMER --timeout 42 --label foo') },
  );
}

/** Rules of the modules that the normaliser claims to know, written as people may write them. */
export function writtenRules(family: Family): fc.Arbitrary<WrittenRule> {
  const ends = ['-s', '-d', '--source', '--dst'] as const;
  const list = fc.array(network(family), { minLength: 2, maxLength: 3 }).map((each) => each.join(','));
  const side = (names: readonly string[]) => pick(...names).chain((name) => fc.oneof({ weight: 6, arbitrary: not(given(name, network(family))) }, { weight: 1, arbitrary: given(name, list) })); // biome-ignore format: short
  return fc
    .tuple(
      pick('filter', 'filter', 'nat', 'mangle', 'raw'),
      transport(family),
      fc.array(anyMatch(family), { maxLength: 2 }),
    )
    .chain(([table, { protocol, text: transportText }, matches]) => {
      const unique = matches.filter((one, at) => matches.findIndex((other) => other.split(' ')[1] === one.split(' ')[1]) === at); // biome-ignore format: short
      return shuffled(
        fc.constant(transportText),
        ...unique.map((one) => fc.constant(one)),
        maybe(side([ends[0], ends[2]])),
        maybe(side([ends[1], ends[3]])),
        maybe(not(given('-i', device))),
        maybe(not(given('-o', device))),
        target(family, table, protocol),
      ).map((rule) => ({ table, text: rule }));
    });
}
