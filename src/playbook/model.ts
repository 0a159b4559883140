import type {
  Check,
  DnsExpectation,
  DnsType,
  From,
  HttpExpectation,
  PortExpectation,
} from '../checks/model.ts';
import type { Value, Vars } from '../inventory/model.ts';
import type { Family, Scope } from '../ruleset/model.ts';

/** Ansible's words for `order`. */
export const ORDERS = ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'] as const;

/** Before a change is made, once hosts were compared; after the first wave; after each. */
export const PAUSES = ['after_check', 'after_canary', 'after_wave'] as const;

/** A play with every default filled in: the total type, made by the parser from what people write. */
export type Play = {
  /** Stable name of what this play owns on a gateway: letters, digits, `-`, `_`, `.`; at most 64 characters. */
  readonly id: string;
  readonly name: string;
  /** Ansible host pattern. */
  readonly hosts: string;
  readonly families: readonly Family[];
  readonly vars: Vars;
  readonly rules: readonly Fragment[];
  readonly ipsets: readonly SetFragment[];
  readonly sysctls: readonly SysctlTemplate[];
  /** A confirmed change survives a reboot. Default true. */
  readonly persist: boolean;
  /** `flush_removed`: connections to DNAT targets that a change removed are forgotten. Default `leave`, but where backends are looked at. */
  readonly conntrack: 'leave' | 'flush_removed';
  /** What of its tables the play owns. Default: all of them. */
  readonly scope: Scope;
  /** False: the play only reports. Default true. */
  readonly enforce: boolean;
  /** How often drift by another hand is put right before the gateway counts as contested. Default 3. */
  readonly contestedAfter: number;
  readonly rollout: RolloutPolicy;
  /** Who is told of runs of this play. */
  readonly notify: readonly Notify[];
  /** Strings inside may still hold handlebars expressions; `renderChecks` resolves them per host. */
  readonly checks: readonly CheckTemplate[];
  /** Hosts that templates name, and that come and go. */
  readonly backends: readonly BackendPool[];
  readonly file: string;
  readonly line: number;
};

export type BackendPool = {
  /** Ansible host pattern. */
  readonly hosts: string;
  /** How each is looked at; its strings know `backend`. Without it nobody looks, and a person alone says who drains. */
  readonly check?: CheckTemplate;
  /** From one look to the next. Default 5. */
  readonly everySeconds: number;
  /** So many failures in a row, and it is down. Default 3. */
  readonly fall: number;
  /** So many passes in a row, and it is up again. Default 2. */
  readonly rise: number;
  /** So many stay in the rules at least. Default 1. */
  readonly atLeast: number;
  /** Weights follow the connections that each gateway counts. */
  readonly weigh?: 'connections';
  readonly line: number;
};

/** `waiting`: for a person; `done`: a run that could change gateways came to its end, however. */
export const NOTICE_KINDS = ['halt', 'waiting', 'done', 'drift'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** A text, or where it is kept. */
export type TextSource =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'environment'; readonly name: string }
  /** Relative to the playbook; may be encrypted. */
  | { readonly kind: 'file'; readonly file: string };

export type Notify = {
  readonly on: readonly NoticeKind[];
  readonly to:
    | { readonly kind: 'webhook'; readonly url: TextSource; readonly secret: TextSource }
    | { readonly kind: 'command'; readonly argv: readonly string[] };
  readonly line: number;
};

/** One template that contributes rules, with its own variables. */
export type Fragment = {
  /** Path as the playbook names it. */
  readonly template: string;
  readonly vars: Vars;
  readonly tags: readonly string[];
  readonly line: number;
};

/** One template that contributes sets, as `ipset restore` text. */
export type SetFragment = Fragment & {
  /** Members that others added to its sets stay. Default false. */
  readonly keepsMembers: boolean;
};

/** A kernel parameter below `net.`, its value not yet rendered. */
export type SysctlTemplate = {
  /** With dots between its parts and `/` for a dot inside one: `net.ipv4.conf.eth0/100.rp_filter`. */
  readonly key: string;
  /** May hold handlebars expressions; `renderSysctls` resolves them per host. */
  readonly value: string;
  readonly line: number;
};

/** How many hosts, of how many. Percentages are of the play's hosts, rounded down, at least one. */
export type Size =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percentage'; readonly percentage: number };

export type RolloutPolicy = {
  /** The first wave. Default: one host. `one_per`: the first host of each value of a variable. */
  readonly canary:
    | Size
    | { readonly kind: 'pattern'; readonly pattern: string }
    | { readonly kind: 'one_per'; readonly variable: string }
    | { readonly kind: 'none' };
  /** The waves after it; the last size repeats. Default: all that remain. */
  readonly serial: readonly Size[];
  /** Hosts with equal values of this variable never share a wave. */
  readonly apart?: string;
  /** Who comes first, as in Ansible; `by` sorts by a variable's value. Default `inventory`. */
  readonly order:
    | { readonly kind: (typeof ORDERS)[number] }
    | { readonly kind: 'by'; readonly variable: string };
  /** Halt when the share of failed hosts *exceeds* this; default 0, or 100 beside `maxFailures`. Unreachable counts as failed. */
  readonly maxFailPercentage: number;
  /** Halt when more hosts than this failed in the run. */
  readonly maxFailures?: number;
  /** What else is taken back when a wave fails: its own confirmed changes, or those of the whole run. */
  readonly onFailure: 'stop' | 'rollback_wave' | 'rollback_all';
  /** After a wave its hosts are looked at for so long, before the next one starts. Default: not at all. */
  readonly bake?: Bake;
  /** Where a person must approve before the run goes on. Default nowhere. */
  readonly pause: readonly (typeof PAUSES)[number][];
  /** The gateway's own deadline: without a confirm by then it rolls itself back. Default 60. */
  readonly confirmWithinSeconds: number;
};

export type Bake = {
  /** At least this long, 1 to 86 400 s. */
  readonly seconds: number;
  /** The pause between two looks. */
  readonly everySeconds: number;
  readonly drops?: DropsWatch;
};

/** Packets that rules drop or reject, counted by the firewall itself, before a wave and at the end of its bake. */
export type DropsWatch = {
  /** Globs over rules as `iptables-save` writes them, without counters. None: all that drop or reject, policies too. */
  readonly rules: readonly string[];
  /** How long each rate is measured. */
  readonly overSeconds: number;
  /** A rate of more than so much over the one before fails the wave. */
  readonly increasePercentage: number;
  /** Packets a second: a rate that grew by less is no failure. */
  readonly atLeastPerSecond: number;
};

/** A check as written, defaults filled in, strings not yet rendered. */
export type CheckTemplate = Pick<
  Check,
  'name' | 'timeoutSeconds' | 'retries' | 'delaySeconds' | 'baseline' | 'whenAlreadyFailing'
> & {
  /** From each host of a pattern; it may hold handlebars expressions. */
  readonly from: Exclude<From, object> | { readonly pattern: string };
  readonly probe: ProbeTemplate;
  /** It stands for as many checks as the list has items, each of which its strings know as `item`. */
  readonly repeat?:
    | { readonly kind: 'each'; readonly expression: string }
    | { readonly kind: 'with'; readonly items: readonly Value[] };
  readonly line: number;
};

export type ProbeTemplate =
  | { readonly kind: 'tcp'; readonly target: string; readonly expect: PortExpectation }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly method?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly expect: HttpExpectation;
    }
  | {
      readonly kind: 'udp';
      readonly target: string;
      readonly send: { readonly text: string } | { readonly hex: string };
      readonly expect: PortExpectation;
      readonly answer?: string;
    }
  | { readonly kind: 'ping'; readonly address: string; readonly expect: PortExpectation }
  | {
      readonly kind: 'dns';
      readonly name: string;
      readonly type: DnsType;
      readonly server: string;
      readonly expect: DnsExpectation;
    }
  | {
      readonly kind: 'conntrack';
      readonly flow: string;
      readonly expect: { readonly least: number; readonly most?: number };
    }
  | {
      readonly kind: 'counters';
      readonly target: string;
      readonly family: Family;
      readonly rule: { readonly kind: 'text' | 'comment'; readonly text: string };
      readonly overSeconds: number;
      readonly expect: number;
    }
  | {
      readonly kind: 'distribution';
      readonly url: string;
      readonly connections: number;
      readonly expect: {
        readonly by: 'exact' | 'random' | 'sticky';
        readonly backends: string | readonly string[] | { readonly [name: string]: number };
      };
    }
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly expect: { readonly exitCode: number; readonly stdout?: string };
    };
