import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Problem } from '../problem.ts';
import { Vaulted } from '../sensitive.ts';

/** Keys and indexes from the root of a document to a value. */
export type YamlPath = readonly PropertyKey[];

/** A YAML file as a plain value that still knows where each part of it stood. */
export type YamlFile = {
  readonly value: unknown;
  /** The 1-based line of a value, or of its nearest ancestor that exists. */
  readonly lineOf: (path: YamlPath) => number;
  /** The line of the key itself, for keys that shouldn't be there. */
  readonly lineOfKey: (path: YamlPath) => number;
};

/** Parses one YAML 1.2 document; a syntax error, a key that stands twice or an unknown tag is a problem, with its line. */
export function parseYaml(
  text: string,
  file: string,
): { readonly yaml: YamlFile } | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, customTags: VAULT_TAGS });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const problems = [...firstSyntaxError(document), ...oddKeys(document)].map(
    ({ code, message, offset }): Problem => {
      const line = lineAt(offset);
      return { file, line, ...explain(code, message, text.slice(offset), text.split('\n')[line - 1] ?? '') };
    },
  );
  if (problems.length > 0) return { problems };
  visit(document, {
    Scalar: (_, node) => {
      if (isVaultTag(node.tag))
        node.value = new Vaulted(String(node.value), { file, line: lineAt(node.range?.[0] ?? 0) });
    },
  });
  const read = readValue(document);
  if ('problem' in read) return { problems: [{ file, ...read.problem }] };
  const offsetOf = (path: YamlPath) => nearest(document, path)?.range?.[0] ?? 0;
  return {
    yaml: {
      value: read.value,
      lineOf: (path) => lineAt(offsetOf(path)),
      lineOfKey: (path) => lineAt(keyOffset(document, path) ?? offsetOf(path)),
    },
  };
}

/** Values that are encrypted by themselves, as in inventories: the text is the ciphertext. */
const VAULT_TAGS = ['!vault', '!vault-encrypted'].map((tag) => ({ tag, resolve: (text: string) => text }));

function isVaultTag(tag: string | undefined): boolean {
  return VAULT_TAGS.some((known) => known.tag === tag);
}

/** Aliases are resolved only here: one without an anchor throws, and so does a document that is nothing but aliases of aliases. */
function readValue(
  document: Document,
): { readonly value: unknown } | { readonly problem: Pick<Problem, 'code' | 'message' | 'remedy'> } {
  try {
    return { value: document.toJS() };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return {
      problem: {
        code: 'yaml-alias',
        message: error.message,
        remedy: 'Set the anchor (&name) before the alias (*name).',
      },
    };
  }
}

type YamlFault = { readonly code: string; readonly message: string; readonly offset: number };

/** Faults that stand alone are told all; of syntax errors only the first, because the parser stumbles over its own feet afterwards. */
function firstSyntaxError(document: Document): readonly YamlFault[] {
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    code,
    message,
    offset: pos[0],
  }));
  const alone = faults.filter(({ code }) => code === 'DUPLICATE_KEY' || code === 'TAG_RESOLVE_FAILED');
  const syntax = faults.filter((fault) => !alone.includes(fault));
  return syntax.length > 0 ? syntax.slice(0, 1) : alone;
}

/** Keys that are mappings themselves: most often an unquoted `{{ … }}`. */
function oddKeys(document: Document): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  if (document.errors.length > 0) return faults;
  visit(document, {
    Pair: (_, { key }) => {
      if (isNode(key) && !isScalar(key) && !isAlias(key))
        faults.push({ code: 'ODD_KEY', message: '', offset: (key.range?.[0] ?? 1) - 1 });
    },
  });
  return faults;
}

function explain(
  code: string,
  message: string,
  at: string,
  line: string,
): Pick<Problem, 'code' | 'message' | 'remedy'> {
  switch (code) {
    case 'DUPLICATE_KEY':
      return {
        code: 'duplicate-key',
        message: `key "${at.split(/[:\s]/, 1)[0]}" stands twice`,
        remedy: 'Keep one of the two.',
      };
    case 'MULTIPLE_DOCS':
      return {
        code: 'yaml-syntax',
        message: 'the file holds several YAML documents',
        remedy: 'A playbook is one list of plays: remove the "---" between them.',
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        code: 'yaml-tag',
        message: `the tag ${at.split(/\s/, 1)[0]} is not known`,
        remedy: 'Playbooks hold plain values, and !vault ones in vars.',
      };
    case 'ODD_KEY':
      return {
        code: 'yaml-syntax',
        message: 'YAML reads {{ … }} as a mapping',
        remedy: 'Put the value in quotes: "{{ … }}".',
      };
    default:
      if (/^ *\t/.test(line))
        return {
          code: 'yaml-syntax',
          message: 'the line is indented with a tab',
          remedy: 'YAML is indented with spaces.',
        };
      return {
        code: 'yaml-syntax',
        message: `YAML can't be read here: ${message.split('\n', 1)[0]}`,
        remedy: 'Correct the YAML; quote a value that begins with a special character.',
      };
  }
}

function nearest(document: Document, path: YamlPath): Node | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (hasRange(node)) return node;
  }
  return undefined;
}

function hasRange(node: unknown): node is Node {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

function keyOffset(document: Document, path: YamlPath): number | undefined {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(map)) return undefined;
  const pair = map.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === path.at(-1),
  );
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}
