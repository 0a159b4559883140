import { z } from 'zod';
import { duration, text, value } from './schema-words.ts';

const STATUS = 'must be an HTTP status, 100 to 599';
const EXIT_CODE = 'must be an exit code, 0 to 255';
const RETRIES = 'must be a whole number, 0 to 100';

const status = z.int(STATUS).min(100, STATUS).max(599, STATUS);
const exitCode = z.int(EXIT_CODE).min(0, EXIT_CODE).max(255, EXIT_CODE);

const COUNT = 'must be a whole number';
const BACKENDS = 'must be names, or a mapping of names to whole numbers from 1 on';
const DAYS = 'must be a number of days, 0 to 3650';
const HEADER = 'must be the name of a header';
const headers = z.record(
  z.string(HEADER).regex(/^[A-Za-z0-9!#$%&*+.^_|~-]+$/, HEADER),
  text('a text'),
  'must be a mapping of header names to texts',
);

/** Every key that some kind of expectation has; which of them go together is each kind's to say. */
const expectedMapping = z.strictObject({
  status: status.exactOptional(),
  body: text('a text').exactOptional(),
  exit_code: exitCode.exactOptional(),
  stdout: z.string().exactOptional(),
  answer: text('a text').exactOptional(),
  location: text('a URL').exactOptional(),
  headers: headers.exactOptional(),
  certificate_days: z.int(DAYS).min(0, DAYS).max(3650, DAYS).exactOptional(),
  at_least: z.int(COUNT).min(0, COUNT).exactOptional(),
  at_most: z.int(COUNT).min(0, COUNT).exactOptional(),
  backends: z
    .union(
      [
        text('names'),
        z.array(text('a name')).min(1, BACKENDS),
        z.record(z.string(), z.int(BACKENDS).min(1, BACKENDS), BACKENDS),
      ],
      BACKENDS,
    )
    .exactOptional(),
  by: z.enum(['exact', 'random', 'sticky'], 'must be exact, random or sticky').exactOptional(),
  answers: z.array(text('an answer'), 'must be a list of answers').exactOptional(),
});
export const expectKeys: readonly string[] = Object.keys(expectedMapping.shape);

const expectation = z.union(
  [
    z.enum(['open', 'closed', 'refused', 'filtered', 'nxdomain', 'present', 'absent', 'grow', 'stay']),
    status,
    expectedMapping,
  ],
  'must be a word such as open or filtered, a status, or a mapping: docs/checks.md has those of each kind',
);

const ALREADY_FAILING = ['require_fix', 'ignore', 'stop'] as const;

/** One of `checks:` as people write it. */
export const checkSchema = z
  .strictObject(
    {
      name: text('a name').exactOptional().describe('Shown in events. Default: what is probed.'),
      tcp: text('address:port').exactOptional().describe('Connect to address:port or [v6]:port.'),
      udp: text('address:port')
        .exactOptional()
        .describe('Send a datagram to address:port, and wait for an answer.'),
      http: text('a URL').exactOptional().describe('GET this URL.'),
      ping: text('an address').exactOptional().describe('Send an echo request.'),
      dns: text('a name').exactOptional().describe('Ask server for this name.'),
      command: text('POSIX sh').exactOptional().describe('POSIX sh, run as root on the gateway.'),
      conntrack: text('a protocol and words such as dst=203.0.113.1')
        .exactOptional()
        .describe(
          'Count the connections of a flow on the gateway, in the words of its list: tcp dst=203.0.113.1 dport=443 reply-src=10.0.0.1.',
        ),
      counters: text('a table and a chain')
        .exactOptional()
        .describe('Count what rules of a chain match on the gateway: filter FORWARD.'),
      distribution: text('a URL')
        .exactOptional()
        .describe(
          'Make connections to a URL, and count which backend each comes to, by the first line of its answer.',
        ),
      from: text('controller, gateway or a host pattern')
        .exactOptional()
        .describe(
          'Who looks: controller (default), gateway, or each host of a pattern. A command runs on the gateway unless a pattern is named.',
        ),
      method: z
        .string('must be an HTTP method')
        .regex(/^[A-Z]{3,16}$/, 'must be an HTTP method, such as GET or HEAD')
        .exactOptional()
        .describe('http: the method. Default GET.'),
      headers: headers
        .exactOptional()
        .describe(
          'http: headers of the request. Their values, and nothing else of a check, may come out of a vault.',
        ),
      send: z
        .string('must be a text')
        .exactOptional()
        .describe('udp: what is sent. Default: an empty datagram.'),
      send_hex: text('bytes in hexadecimal').exactOptional().describe('udp: the same, in hexadecimal.'),
      server: text('an address').exactOptional().describe('dns: who is asked, an address or address:port.'),
      type: z
        .enum(
          ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TXT'],
          'must be A, AAAA, CNAME, MX, NS, PTR, SRV or TXT',
        )
        .exactOptional()
        .describe('dns: what is asked for. Default A.'),
      rule: text('a text')
        .exactOptional()
        .describe('counters: only rules with this text, as iptables-save writes them.'),
      comment: text('a text').exactOptional().describe('counters: only rules with this comment.'),
      family: z
        .enum(['ipv4', 'ipv6'], 'must be ipv4 or ipv6')
        .exactOptional()
        .describe('counters: default ipv4.'),
      over: duration.exactOptional().describe('counters: how long packets are counted. Default 3s.'),
      connections: z
        .int('must be a whole number from 1 to 1000')
        .min(1, 'must be a whole number from 1 to 1000')
        .max(1000, 'must be a whole number from 1 to 1000')
        .exactOptional()
        .describe('distribution: how many. Default 60.'),
      expect: expectation
        .exactOptional()
        .describe(
          'tcp, udp, ping: open, closed (either of the next two), refused or filtered; udp also {answer}. http: a status, or {status, body, location, headers, certificate_days}, or the same words. dns: the same words, nxdomain, or {answers}. conntrack: present, absent, {at_least, at_most}. counters: grow, stay, {at_least}. distribution: {backends, by}. command: {exit_code, stdout}.',
        ),
      each: text('a variable that holds a list')
        .exactOptional()
        .describe('Make the check once for each item of this list, which {{item}} names.'),
      with: z
        .array(value, 'must be a list')
        .min(1, 'must hold at least one item')
        .exactOptional()
        .describe('The list itself, in place of each.'),
      timeout: duration
        .exactOptional()
        .describe(
          'How long one try may take. Default 5s; of distribution 10s, of counters 5s more than over.',
        ),
      retries: z
        .int(RETRIES)
        .min(0, RETRIES)
        .max(100, RETRIES)
        .exactOptional()
        .describe('Tries after the first. Default 2.'),
      delay: duration.exactOptional().describe('Pause between tries. Default 1s.'),
      baseline: z
        .boolean('must be true or false')
        .exactOptional()
        .describe('Make the check before the change, too. Default true.'),
      when_already_failing: z
        .enum(ALREADY_FAILING, 'must be require_fix, ignore or stop')
        .exactOptional()
        .describe(
          'A check that failed before the change: must pass after it (require_fix, the default), is told and left out (ignore), or keeps the host from being changed (stop).',
        ),
    },
    'must be a mapping with one of tcp, udp, http, ping, dns, command, conntrack, counters, distribution',
  )
  .describe(
    'What must hold after the change: exactly one of tcp, udp, http, ping, dns, command, conntrack, counters, distribution.',
  );

export type WrittenCheck = z.infer<typeof checkSchema>;
