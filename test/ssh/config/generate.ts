import fc from 'fast-check';

/** Generates files of ssh_config(5) that hold what sluice and ssh(1) both know. */
const names = ['gw1', 'gw2', 'edge', 'gw1.example', 'bastion', 'GW1'] as const;
const users = ['ada', 'eve', 'root'] as const;
const files = ['~/.ssh/a', '/keys/b', 'id_c', '"with blank"', 'none'] as const;

const name = fc.constantFrom(...names);
const pattern = fc.oneof(name, fc.constantFrom('*', 'gw*', 'gw?', '*.example', '?w1', 'e*e', '*1'));
const negatable = (of: fc.Arbitrary<string>) =>
  fc.tuple(fc.boolean(), fc.boolean(), of).map(([a, b, text]) => (a && b ? `!${text}` : text));
const patterns = fc.array(negatable(pattern), { minLength: 1, maxLength: 3 });

const jump = fc.oneof(
  fc.constantFrom(
    'none',
    'bastion',
    'eve@bastion',
    'bastion:2200',
    '[2001:db8::1]:22',
    'ssh://eve@edge:2200',
    'edge,bastion',
  ),
);

const setting = fc.oneof(
  fc
    .constantFrom('192.0.2.1', '%h.example', 'Edge.example', 'a%%b', '2001:DB8::1')
    .map((each) => `HostName ${each}`),
  fc.constantFrom(...users, '"eve"').map((each) => `User ${each}`),
  fc.integer({ min: 1, max: 65535 }).map((each) => `Port ${each}`),
  fc.constantFrom(...files).map((each) => `IdentityFile ${each}`),
  fc.constantFrom(...files).map((each) => `IdentityFile ${each}`),
  fc.constantFrom('yes', 'no', 'true', 'FALSE').map((each) => `IdentitiesOnly ${each}`),
  jump.map((each) => `ProxyJump ${each}`),
  fc
    .constantFrom('none', 'nc %h %p', 'nc "%h" %p # x', "sh -c 'nc %h'")
    .map((each) => `ProxyCommand ${each}`),
  fc.constantFrom('/k1', '/k1 ~/k2', '"/k 3"', 'none').map((each) => `UserKnownHostsFile ${each}`),
  fc.constantFrom('/g1', '/g1 /g2').map((each) => `GlobalKnownHostsFile ${each}`),
  fc.constantFrom('yes', 'ask', 'no', 'off', 'accept-new').map((each) => `StrictHostKeyChecking ${each}`),
  name.map((each) => `HostKeyAlias ${each}`),
  fc.constantFrom('7', '1m', '1h30m', 'none').map((each) => `ConnectTimeout ${each}`),
  fc.constantFrom('0', '7', '2m').map((each) => `ServerAliveInterval ${each}`),
  fc.constantFrom('1', '9').map((each) => `ServerAliveCountMax ${each}`),
  fc.constantFrom('any', 'inet', 'inet6').map((each) => `AddressFamily ${each}`),
  fc.constantFrom('yes', 'no').map((each) => `HashKnownHosts ${each}`),
  fc.constantFrom('yes', 'no').map((each) => `Compression ${each}`),
  fc.constantFrom('SendEnv LANG', 'ForwardAgent no', '# comment', '', 'LogLevel ERROR'),
);

const spelling = fc.constantFrom<(line: string) => string>(
  (line) => line,
  (line) => `    ${line}  `,
  (line) => line.replace(/^(\w+) /, '$1='),
  (line) => line.replace(/^(\w+) /, '$1 = '),
  (line) => line.replace(/^(\w+) /, '\t$1\t'),
  (line) => line.replace(/^\w+/, (keyword) => keyword.toUpperCase()),
  (line) => (/^(Proxy|#|$)/.test(line) ? line : `${line} # why`),
);

const list = fc
  .array(negatable(fc.oneof(name, fc.constantFrom('*', 'gw*', '*.example', 'EDGE*'))), {
    minLength: 1,
    maxLength: 3,
  })
  .map((each) => each.join(','));
const criterion = fc.oneof(
  list.map((each) => `host ${each}`),
  list.map((each) => `host=${each}`),
  list.map((each) => `originalhost ${each}`),
  list.map((each) => `originalhost "${each}"`),
  fc.constantFrom(...users, '*', 'e*,!eve').map((each) => `user ${each}`),
  fc.constantFrom('root', 'nobody', '*').map((each) => `localuser ${each}`),
);
const conditions = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(negatable(criterion), { minLength: 1, maxLength: 3 }).map((each) => each.join(' ')),
  },
  { weight: 1, arbitrary: fc.constantFrom('all', '!all', 'canonical', 'final', '!final', 'final all') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('final', '!final', 'canonical'), criterion)
      .map((each) => each.join(' ')),
  },
);

const line = fc.tuple(setting, spelling).map(([text, spell]) => spell(text));
const head = fc.oneof(
  patterns.map((each) => `Host ${each.join(' ')}`),
  patterns.map((each) => `Host ${each.join(' ')}`),
  conditions.map((each) => `Match ${each}`),
);
const include = fc.constantFrom(
  'Include DIR/one',
  'Include DIR/t*',
  'Include DIR/missing DIR/[o]ne',
  'Include "DIR/two"',
);

const body = (withIncludes: boolean) =>
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: line },
        { weight: 3, arbitrary: head },
        ...(withIncludes ? [{ weight: 1, arbitrary: include }] : []),
      ),
      { maxLength: 18 },
    )
    .map((each) => `${each.join('\n')}\n`);

/** A file, two that it may include (`DIR` stands for their folder), and the host that is asked for. */
export const configurations = fc.record({
  main: body(true),
  one: body(false),
  two: body(false),
  host: fc.constantFrom(...names, 'other', '192.0.2.7'),
});
