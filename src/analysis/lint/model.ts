import type { Family } from '../../ruleset/model.ts';
import type { Rule } from '../../ruleset/rule.ts';

/**
 * `error`: it surely does not do what it says, won't load, or takes the operator's own access. `warning`: most likely not what was
 * meant. `info`: right, and worth knowing.
 */
export type Severity = 'error' | 'warning' | 'info';

/** Where a line stands: a template, a rules file or a script. */
export type Place = { readonly file: string; readonly line: number };

/** A line of a rule set that somebody wrote, and how it is read. */
export type LintRule = {
  readonly chain: Chain;
  /** 0-based, in its chain. */
  readonly at: number;
  readonly rule: Rule;
  /** Undefined for a line that nobody wrote. */
  readonly place: Place | undefined;
};

export type Chain = {
  readonly table: string;
  readonly name: string;
  /** Of a built-in chain whose policy is known. */
  readonly policy: 'ACCEPT' | 'DROP' | undefined;
  readonly place: Place | undefined;
  readonly isBuiltin: boolean;
  /** Made by a line of its own, or by the kernel. */
  readonly isDeclared: boolean;
  /** The tool that made it, where its name tells: nobody can mend its rules in a template. */
  readonly tenant: string | undefined;
  readonly rules: readonly LintRule[];
};

export type Table = { readonly name: string; readonly chains: ReadonlyMap<string, Chain> };

/** What only the surroundings of a rule set tell. */
export type Surroundings = {
  /** As the kernel will forward packets of this family; undefined where nobody says. */
  readonly isForwarding?: boolean | undefined;
  /** The gateway's own addresses at which its operators log in, and the port. */
  readonly management?: { readonly addresses: readonly string[]; readonly port: number };
  /** Other rules stand beside these: chains of other tools, or all that isn't the play's own. */
  readonly isPartial?: boolean;
};

/** The rules of one family of one gateway, as the checks look at them. */
export type LintRuleset = {
  readonly family: Family;
  readonly tables: ReadonlyMap<string, Table>;
  /** All rules of all tables. */
  readonly rules: readonly LintRule[];
  readonly around: Surroundings;
  /** Where they come from a file: what iptables-restore refuses before it reads a rule. */
  readonly faults?: readonly Hit[];
  /** Where they come from a script: its commands, those included that changed nothing in the end. */
  readonly script?: readonly ScriptCommand[];
};

/** One command of a script that is about iptables, as the shell would split it. */
export type ScriptCommand = { readonly words: readonly string[]; readonly place: Place };

/** What a check found; it stands at a rule, at the declaration of a chain, or at a command of a script. */
export type Hit = {
  readonly at: LintRule | Chain | ScriptCommand;
  /** What is wrong with this very line, and what follows from it. */
  readonly message: string;
  /** Where it differs from the check's own. */
  readonly severity?: Severity;
  readonly fix?: string;
  /** It keeps the operator out. */
  readonly cutsAccess?: true;
};

/** One mistake that people make: how it is found, and what its page says. */
export type Lint = {
  readonly id: string;
  readonly severity: Severity;
  /** The mistake in a few words. */
  readonly title: string;
  /** Why, with what was measured. */
  readonly why: string;
  readonly fix: string;
  /** Lines that are flagged, and lines that do what those were meant to. */
  readonly bad: string;
  readonly good: string;
  readonly find: (ruleset: LintRuleset) => readonly Hit[];
};

export type Finding = {
  readonly id: string;
  readonly severity: Severity;
  readonly place: Place;
  readonly message: string;
  readonly fix: string;
  /** The line it is about, as it is rendered. */
  readonly text?: string;
  readonly cutsAccess?: true;
};
