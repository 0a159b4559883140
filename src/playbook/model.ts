import type { Vars } from '../inventory/model.ts';
import type { Family, Scope } from '../ruleset/model.ts';

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
  /** `flush_removed`: connections to DNAT targets that a change removed are forgotten. Default `leave`. */
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
  readonly file: string;
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
  /** The first wave. Default: one host. */
  readonly canary: Size | { readonly kind: 'pattern'; readonly pattern: string } | { readonly kind: 'none' };
  /** The waves after it; the last size repeats. Default: all that remain. */
  readonly serial: readonly Size[];
  /** Halt when the share of failed hosts *exceeds* this; default 0. Unreachable counts as failed. */
  readonly maxFailPercentage: number;
  readonly onFailure: 'stop' | 'rollback_wave';
  /** The gateway's own deadline: without a confirm by then it rolls itself back. Default 60. */
  readonly confirmWithinSeconds: number;
};

/** A check as written, defaults filled in, strings not yet rendered. */
export type CheckTemplate = {
  readonly name: string;
  readonly from: 'controller' | 'gateway';
  readonly probe:
    | { readonly kind: 'tcp'; readonly target: string; readonly expect: 'open' | 'closed' }
    | {
        readonly kind: 'http';
        readonly url: string;
        readonly expect: { readonly status?: number; readonly body?: string };
      }
    | {
        readonly kind: 'command';
        readonly command: string;
        readonly expect: { readonly exitCode: number; readonly stdout?: string };
      };
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly delaySeconds: number;
  readonly line: number;
};
