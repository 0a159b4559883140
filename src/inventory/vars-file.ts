import { isMap, isScalar } from 'yaml';
import type { Findings } from './findings.ts';
import { isVars } from './merge-vars.ts';
import type { Vars } from './model.ts';
import { asSecret, parseAnsibleJson } from './vaulted.ts';
import { YamlDocument } from './yaml-document.ts';
import { yamlValue } from './yaml-value.ts';

/** Reads a variables file (group_vars, host_vars, `-e @file`): YAML or JSON, a mapping or nothing. */
export function parseVarsFile(text: string, file: string, findings: Findings): Vars {
  const json = text.trimStart().startsWith('{') ? parseJson(text, file) : undefined;
  if (json !== undefined) return json;
  const document = new YamlDocument(text, file, findings);
  if (document.root === null || document.isBroken) return {};
  if (isScalar(document.root) && yamlValue(document.root, document) === null) return {};
  if (isMap(document.root)) return yamlValue(document.root, document) as Vars;
  document.fail(
    'vars-mapping',
    document.root,
    'a variables file must be a mapping of names to values',
    'Write "name: value" lines.',
  );
  return {};
}

/** Reads the decrypted text of a variables file: all of its values are secret, and no problem quotes it. */
export function parseSecretVarsFile(text: string, file: string, findings: Findings): Vars {
  return asSecret(findings.withoutQuotes(() => parseVarsFile(text, file, findings))) as Vars;
}

/** JSON is tried first, as Ansible does: it is stricter and faster. Undefined where the text is not JSON. */
function parseJson(text: string, file: string): Vars | undefined {
  try {
    const value = parseAnsibleJson(text, file);
    return isVars(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
