/** An address family of netfilter; iptables serves `ipv4`, ip6tables `ipv6`. */
export type Family = 'ipv4' | 'ipv6';

/** Where a line of a rendered rule set came from. */
export type LineSource = {
  /** The template file, as the playbook names it. */
  readonly template: string;
  /** 1-based line of the template. */
  readonly line: number;
};

/** What iptables-restore is to load for one family of one host. */
export type DesiredRuleset = {
  readonly family: Family;
  /** Whole iptables-restore text: `*table`, chains, rules, `COMMIT` for each table. Ends with a newline. */
  readonly text: string;
  /** The tables in the text, which the play owns whole. */
  readonly tables: readonly string[];
  /** `sources[i]` is where line i + 1 of the text came from; undefined for lines that merging made. */
  readonly sources: readonly (LineSource | undefined)[];
};
