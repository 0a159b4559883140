import type { Family } from '../../src/ruleset/model.ts';

/** What a run changes, and whether a gateway may keep it. */
export type Change = {
  /** May a run end with these rules live? The others would lock somebody out, or break what a check looks at. */
  readonly isGood: boolean;
  /** iptables-restore text of the play, as the template has it. */
  text(family: Family, mark: string): string;
  /** A command that the play checks on the gateway. */
  readonly check?: string;
};

const SSH = '-A INPUT -p tcp --dport 22 -j ACCEPT';
const ESTABLISHED = '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT';

/** Each mark is another rule set that lets the operator in. */
function filter(mark: string, lines: readonly string[]): string {
  const head = ['*filter', ':INPUT DROP [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
  const marked = `-A INPUT -p udp --dport 9 -m comment --comment ${mark} -j DROP`;
  return [...head, '-A INPUT -i lo -j ACCEPT', ...lines, marked, 'COMMIT', ''].join('\n');
}

/** Enough rules that a restore takes time, and can be hit in its middle. */
function many(family: Family): readonly string[] {
  const source = (n: number) =>
    family === 'ipv4' ? `192.0.${2 + (n >> 8)}.${n & 255}` : `2001:db8::${(n + 1).toString(16)}`;
  return Array.from({ length: 3000 }, (_, n) => `-A FORWARD -s ${source(n)} -p tcp --dport ${1 + n} -j DROP`);
}

const isCut = (family: Family, cut: Family) => family === cut;

export const CHANGES = {
  small: { isGood: true, text: (_, mark) => filter(mark, [ESTABLISHED, SSH]) },
  large: { isGood: true, text: (family, mark) => filter(mark, [ESTABLISHED, SSH, ...many(family)]) },
  'large-cut': { isGood: false, text: (family, mark) => filter(mark, [ESTABLISHED, ...many(family)]) },
  // Long enough under way that a controller can be killed before it confirms.
  tables: {
    isGood: true,
    check: 'sleep 2',
    text: (_, mark) =>
      `*raw\n:PREROUTING DROP [0:0]\n-A PREROUTING -p tcp -j ACCEPT\n-A PREROUTING -m comment --comment ${mark} -j ACCEPT\nCOMMIT\n${filter(mark, [ESTABLISHED, SSH])}`,
  },
  // Whoever is in stays in: only a new connection tells.
  'cut-new': { isGood: false, text: (_, mark) => filter(mark, [ESTABLISHED]) },
  'cut-all': { isGood: false, text: (_, mark) => filter(mark, []) },
  'cut-ipv6': {
    isGood: false,
    text: (family, mark) => filter(mark, isCut(family, 'ipv6') ? [ESTABLISHED] : [ESTABLISHED, SSH]),
  },
  'cut-ipv4': {
    isGood: false,
    text: (family, mark) => filter(mark, isCut(family, 'ipv4') ? [] : [ESTABLISHED, SSH]),
  },
  'check-fails': { isGood: false, check: 'false', text: (_, mark) => filter(mark, [ESTABLISHED, SSH]) },
  'check-slow': { isGood: true, check: 'sleep 2', text: (_, mark) => filter(mark, [ESTABLISHED, SSH]) },
} as const satisfies Readonly<Record<string, Change>>;

export type ChangeName = keyof typeof CHANGES;
