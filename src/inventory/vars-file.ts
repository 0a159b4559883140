import { isMap, isScalar } from 'yaml';
import type { Findings, Place } from './findings.ts';
import type { Value, Vars } from './model.ts';
import { isVaultText } from './vaulted.ts';
import { YamlDocument } from './yaml-document.ts';
import { yamlValue } from './yaml-value.ts';

/** Hears where each variable of a file is written. */
export type NoteVariable = (name: string, value: Value, place: Place) => void;

/** Reads a variables file (group_vars, host_vars, `-e @file`): YAML or JSON, a mapping or nothing. */
export function parseVarsFile(
  text: string,
  file: string,
  findings: Findings,
  note: NoteVariable = () => {},
): Vars {
  if (isVaultText(text)) {
    const remedy =
      "Encrypted files are not supported yet: decrypt it with ansible-vault, or keep the secrets out of the gateways' variables.";
    findings.fail('vault-file', { file }, 'the file is encrypted with Ansible Vault', remedy);
    return {};
  }
  const json = text.trimStart().startsWith('{') ? parseJson(text) : undefined;
  if (json !== undefined) {
    for (const [name, value] of Object.entries(json)) note(name, value, { file });
    return json;
  }
  const document = new YamlDocument(text, file, findings);
  if (document.root === null || document.isBroken) return {};
  if (isScalar(document.root) && yamlValue(document.root, document) === null) return {};
  if (isMap(document.root)) {
    const entries = document.entriesOf(document.root).map(({ key, line, value: node }) => {
      const value = yamlValue(node, document);
      note(key, value, { file, line });
      return [key, value] as const;
    });
    return Object.fromEntries(entries);
  }
  document.fail(
    'vars-mapping',
    document.root,
    'a variables file must be a mapping of names to values',
    'Write "name: value" lines.',
  );
  return {};
}

/** JSON is tried first, as Ansible does: it is stricter and faster. Undefined where the text is not JSON. */
function parseJson(text: string): Vars | undefined {
  try {
    const value: Value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Vars) : undefined;
  } catch {
    return undefined;
  }
}
