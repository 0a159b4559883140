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
  if (json !== undefined) return checked(json, file, findings);
  const document = new YamlDocument(text, file, findings);
  if (document.root === null || document.isBroken) return {};
  if (isScalar(document.root) && yamlValue(document.root, document) === null) return {};
  if (isMap(document.root)) return checked(yamlValue(document.root, document) as Vars, file, findings);
  document.fail(
    'vars-mapping',
    document.root,
    'a variables file must be a mapping of names to values',
    'Write "name: value" lines.',
  );
  return {};
}

/** SOPS leaves names in clear and notes its own below `sops`; to Ansible without a plugin for it the rest is text. */
function checked(vars: Vars, file: string, findings: Findings): Vars {
  if (isVars(vars.sops) && 'mac' in vars.sops) {
    const remedy = 'Encrypt what sluice needs of it with ansible-vault instead.';
    findings.warn(
      'sops-file',
      { file },
      'the file is encrypted with SOPS, and its values are not decrypted',
      remedy,
    );
  }
  return vars;
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
