import type { Family } from '../model.ts';

/** The iptables on a gateway: what it saves differs in places. */
export type Backend = 'nft' | 'legacy';

/** What the meaning of an option may hang on. */
export type Context = {
  readonly family: Family;
  readonly backend: Backend;
  /** As saved, `tcp`; undefined without `-p`. */
  readonly protocol: string | undefined;
};

/** An option as a rule has it. */
export type Given = { readonly values: readonly string[]; readonly isNegated: boolean };

/** The written value as it is saved; undefined where that can't be told. */
export type Codec = (text: string, context: Context) => string | undefined;

export type OptionSpec = {
  /** As it is saved. */
  readonly name: string;
  /** Other names under which it may be written. */
  readonly aliases: readonly string[];
  /** How many arguments it takes. */
  readonly arity: 0 | 1 | 2;
  readonly canNegate: boolean;
  /** The option as it is saved, '' where a save leaves it out; undefined where that can't be told. */
  readonly save: (given: Given, context: Context) => string | undefined;
  /** What stands in a save when the option isn't given. */
  readonly absent: string;
};

/** The options that a rule gives to one module, by their saved names. */
export type GivenOptions = ReadonlyMap<string, Given>;

/** A match or target extension of iptables: its options, in the order in which they are saved. */
export type Module = {
  readonly name: string;
  readonly options: readonly OptionSpec[];
  /** Of each of these groups at least one option has to stand. */
  readonly required: readonly (readonly string[])[];
  /** Of each of these groups at most one option may stand. */
  readonly exclusive: readonly (readonly string[])[];
  /** Where printing each option by itself isn't enough. */
  readonly save: ((given: GivenOptions, context: Context) => string | undefined) | undefined;
  /** Where the module exists for one family alone. */
  readonly family: Family | undefined;
};

type OptionTraits = {
  readonly aliases?: readonly string[];
  readonly canNegate?: boolean;
  /** The saved value that is left out. */
  readonly omit?: string;
  readonly absent?: string;
};

/** An option with one argument. */
export function option(name: string, codec: Codec, traits: OptionTraits = {}): OptionSpec {
  return {
    name,
    aliases: traits.aliases ?? [],
    arity: 1,
    canNegate: traits.canNegate ?? false,
    save: ({ values: [value = ''], isNegated }, context) => {
      const saved = codec(value, context);
      if (saved === undefined) return undefined;
      if (saved === traits.omit && !isNegated) return '';
      return `${isNegated ? '! ' : ''}${name} ${saved}`;
    },
    absent: traits.absent ?? '',
  };
}

/** An option without argument. */
export function flag(name: string, traits: OptionTraits = {}): OptionSpec {
  return {
    name,
    aliases: traits.aliases ?? [],
    arity: 0,
    canNegate: traits.canNegate ?? false,
    save: ({ isNegated }) => `${isNegated ? '! ' : ''}${name}`,
    absent: traits.absent ?? '',
  };
}

type ModuleTraits = {
  readonly required?: readonly (readonly string[])[];
  readonly exclusive?: readonly (readonly string[])[];
  readonly save?: Module['save'];
  readonly family?: Family;
};

export function module(name: string, options: readonly OptionSpec[], traits: ModuleTraits = {}): Module {
  return {
    name,
    options,
    required: traits.required ?? [],
    exclusive: traits.exclusive ?? [],
    save: traits.save,
    family: traits.family,
  };
}

/** The options of a module as a save prints them after its name. */
export function saveOptions(of: Module, given: GivenOptions, context: Context): string | undefined {
  if (of.save !== undefined) return of.save(given, context);
  return saveInOrder(of.options, given, context);
}

/** Each option by itself, in the order of the list. */
export function saveInOrder(
  options: readonly OptionSpec[],
  given: GivenOptions,
  context: Context,
): string | undefined {
  let text = '';
  for (const spec of options) {
    const one = given.get(spec.name);
    const saved = one === undefined ? spec.absent : spec.save(one, context);
    if (saved === undefined) return undefined;
    if (saved !== '') text += ` ${saved}`;
  }
  return text;
}
