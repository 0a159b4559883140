/** An address family of netfilter; iptables serves `ipv4`, ip6tables `ipv6`. */
export type Family = 'ipv4' | 'ipv6';

/** Where a line of a rendered rule set came from. */
export type LineSource = TemplateLine & {
  /** Of a partial: the lines that include it, the innermost first. */
  readonly includedBy?: readonly TemplateLine[];
};

export type TemplateLine = {
  /** The template's file. */
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

/** A set that ipset is to hold. */
export type DesiredSet = {
  readonly name: string;
  /** `create NAME TYPE [options]`, as ipset restore takes it. */
  readonly create: string;
  /** `add NAME ELEMENT [options]`, a line a member; none of them twice. */
  readonly members: readonly string[];
  /** Members that others added meanwhile stay, and members are only ever added. */
  readonly keepsMembers: boolean;
  /** Where the create line came from. */
  readonly source: LineSource | undefined;
};

/** A kernel parameter below `net.`. */
export type DesiredSysctl = {
  /** As sysctl(8) writes it: `net.ipv4.ip_forward`, `net.ipv4.conf.eth0/100.rp_filter`. */
  readonly key: string;
  /** Words separated by single blanks, as the kernel prints them but for its tabs. */
  readonly value: string;
};

/** All that one play wants of one host. */
export type DesiredState = {
  readonly rulesets: readonly DesiredRuleset[];
  /** A set stands after those it has as members. */
  readonly sets: readonly DesiredSet[];
  readonly sysctls: readonly DesiredSysctl[];
  /** Survives a reboot once it is confirmed. */
  readonly persist: boolean;
  /** `flush_removed`: connections to DNAT targets that the change removed are forgotten, narrowly. */
  readonly conntrack: 'leave' | 'flush_removed';
  /** Of `flush_removed`: connections to these addresses are never forgotten, as they drain. */
  readonly spares?: readonly string[];
  /** Default: the tables that appear, whole. */
  readonly scope?: Scope;
};

/** What of its tables a play owns, where other tools have chains in them. */
export type Scope =
  /** The tables that appear, but for foreign chains that a glob of `keep` matches, and the jumps to them. */
  | { readonly kind: 'tables'; readonly keep: readonly string[] }
  /** Only the chains whose names begin with `prefix`, and the rules in other chains that hold `mark` as a comment. */
  | {
      readonly kind: 'chains';
      readonly prefix: string;
      readonly mark: string;
      /** Where the jumps stand in a chain that isn't the play's own. Default: first. */
      readonly jumps: readonly JumpPlace[];
    };

/** Before or after a rule that jumps to `anchor`, or at an end of the chain. */
export type JumpPlace = { readonly table: string; readonly chain: string } & (
  | { readonly at: 'first' | 'last' }
  | { readonly at: 'before' | 'after'; readonly anchor: string }
);
