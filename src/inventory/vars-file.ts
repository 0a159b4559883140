import { isMap, isScalar } from 'yaml';
import type { Findings, Place } from './findings.ts';
import { isVars } from './merge-vars.ts';
import type { Value, Vars } from './model.ts';
import { asSecret, parseAnsibleJson } from './vaulted.ts';
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
  return readVars(text, file, findings, (name, value, place) => {
    note(name, value, place);
    return value;
  });
}

/** Reads the decrypted text of a variables file: all of its values are secret, and no problem quotes it. */
export function parseSecretVarsFile(
  text: string,
  file: string,
  findings: Findings,
  note: NoteVariable = () => {},
): Vars {
  return findings.withoutQuotes(() =>
    readVars(text, file, findings, (name, value, place) => {
      const secret = asSecret(value);
      note(name, secret, place);
      return secret;
    }),
  );
}

function readVars(
  text: string,
  file: string,
  findings: Findings,
  take: (name: string, value: Value, place: Place) => Value,
): Vars {
  const json = text.trimStart().startsWith('{') ? parseJson(text, file) : undefined;
  if (json !== undefined) {
    warnOfSops(json, file, findings);
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => [name, take(name, value, { file })]),
    );
  }
  const document = new YamlDocument(text, file, findings);
  if (document.root === null || document.isBroken) return {};
  if (isScalar(document.root) && yamlValue(document.root, document) === null) return {};
  if (isMap(document.root)) {
    const entries = document.entriesOf(document.root).map(({ key, line, value }) => ({
      name: key,
      value: yamlValue(value, document),
      place: { file, line },
    }));
    warnOfSops(Object.fromEntries(entries.map(({ name, value }) => [name, value])), file, findings);
    return Object.fromEntries(entries.map(({ name, value, place }) => [name, take(name, value, place)]));
  }
  document.fail(
    'vars-mapping',
    document.root,
    'a variables file must be a mapping of names to values',
    'Write "name: value" lines.',
  );
  return {};
}

/** SOPS leaves names in clear and notes its own below `sops`; to Ansible without a plugin for it the rest is text. */
function warnOfSops({ sops }: Vars, file: string, findings: Findings): void {
  if (!isVars(sops) || !('mac' in sops)) return;
  const remedy = 'Encrypt what sluice needs of it with ansible-vault instead.';
  findings.warn(
    'sops-file',
    { file },
    'the file is encrypted with SOPS, and its values are not decrypted',
    remedy,
  );
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
