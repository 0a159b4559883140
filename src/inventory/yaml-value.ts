import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { Vaulted } from '../sensitive.ts';
import { isJinja } from './jinja/is-jinja.ts';
import type { Value } from './model.ts';
import type { YamlDocument } from './yaml-document.ts';
import { resolvePlainScalar } from './yaml-scalar.ts';

/** Turns a YAML node into the value that Ansible would load from it. */
export function yamlValue(node: Node | null, document: YamlDocument): Value {
  return convert(node, document, []);
}

function convert(node: Node | null, document: YamlDocument, open: readonly Node[]): Value {
  const target = document.follow(node);
  if (target === null) return null;
  if (open.includes(target)) {
    document.fail('yaml-alias', node, 'an alias stands inside its own anchor', 'Write the value out.');
    return null;
  }
  if (isScalar(target)) return convertScalar(target, document);
  const inside = [...open, target];
  if (isMap(target)) {
    checkTag(target, ['map', 'omap', 'set'], document);
    const entries = document
      .entriesOf(target)
      .map(({ key, value }): [string, Value] => [key, convert(value, document, inside)]);
    return Object.fromEntries(entries);
  }
  checkTag(target, ['seq'], document);
  return isSeq(target) ? target.items.map((item) => convert(item as Node | null, document, inside)) : null;
}

function convertScalar(scalar: Scalar, document: YamlDocument): Value {
  const text = String(scalar.value ?? '');
  switch (scalar.tag) {
    case undefined:
      return scalar.type === 'PLAIN' ? resolvePlainScalar(scalar.source ?? text) : text;
    case '!vault':
    case '!vault-encrypted':
      return new Vaulted(text, { file: document.file, line: document.lineOf(scalar) });
    case '!unsafe':
      return isJinja(text) ? { __ansible_unsafe: text } : text;
    case '!':
      return text;
    default:
      return convertTagged(scalar, text, document);
  }
}

/** A standard tag either names what the text resolves to anyway, or forces text. */
function convertTagged(scalar: Scalar, text: string, document: YamlDocument): Value {
  checkTag(scalar, ['str', 'int', 'float', 'bool', 'null', 'timestamp', 'binary'], document);
  const kind = scalar.tag?.slice(STANDARD.length);
  if (kind === 'float') return Number(text);
  return kind === 'int' || kind === 'bool' || kind === 'null' ? resolvePlainScalar(text) : text;
}

const STANDARD = 'tag:yaml.org,2002:';

function checkTag(node: Node, kinds: readonly string[], document: YamlDocument): void {
  const { tag } = node as { tag?: string };
  if (tag === undefined || tag === '!' || tag === '!unsafe' || kinds.includes(tag.slice(STANDARD.length)))
    return;
  document.fail(
    'yaml-tag',
    node,
    `unknown YAML tag "${tag}"`,
    'Known are !vault, !unsafe and the standard tags such as !!str.',
  );
}
