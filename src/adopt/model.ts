import type { Family } from '../ruleset/model.ts';

/** How one gateway stands, in the words of its own tools. */
export type LiveHost = {
  readonly host: string;
  /** `iptables-save` and `ip6tables-save`, whole; counters and comments count for nothing. */
  readonly saves: { readonly [F in Family]: string };
  /** Canonical `ipset save` text of all its sets: no sizes that ipset chose, no remaining timeouts, no counters. */
  readonly sets: string;
  /** Whether it forwards packets. */
  readonly forwards: { readonly [F in Family]: boolean };
  /** What plays of sluice own there already; a set is of the family `ipset`. */
  readonly owners: readonly { readonly play: string; readonly family: string; readonly table: string }[];
};

/** A chain of a table, in the tool's own words. */
export type Chain = {
  readonly name: string;
  /** `-` for a user's chain. */
  readonly policy: string;
  /** From `-A` on, in their order. */
  readonly rules: readonly string[];
};

/** A table that does something. */
export type Table = { readonly family: Family; readonly name: string; readonly chains: readonly Chain[] };

/** A set that adopted rules use. */
export type AdoptedSet = {
  readonly name: string;
  /** `create NAME …` */
  readonly create: string;
  /** `add NAME …`; none where members come and go by themselves, and stay as they are. */
  readonly members: readonly string[];
  readonly keepsMembers: boolean;
};

/** What a play is to own on one gateway, so that nothing changes there. */
export type Adopted = {
  readonly tables: readonly Table[];
  readonly sets: readonly AdoptedSet[];
  /** Parameters that the rules need, as they stand: all of them 1. */
  readonly sysctls: readonly string[];
  /** Globs of the chains that are another tool's. */
  readonly keep: readonly string[];
};

/** Gateways that stand alike, and so share one play. */
export type Group = Adopted & { readonly id: string; readonly hosts: readonly string[] };

/** A template, by its path below the folder of templates. */
export type TemplateFile = { readonly name: string; readonly text: string };

/** The templates of one group, in the order in which its play lists them. */
export type GroupFiles = {
  readonly group: Group;
  readonly rules: readonly string[];
  readonly sets: readonly { readonly name: string; readonly keepsMembers: boolean }[];
};
