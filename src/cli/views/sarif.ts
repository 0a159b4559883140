import type { ShownFinding } from './lint-text.ts';

/** What a rule of a SARIF log says of a mistake. */
export type SarifRule = {
  readonly id: string;
  readonly severity: ShownFinding['severity'];
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  /** In Markdown. */
  readonly page: string;
};

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

/** A log in the format SARIF 2.1.0, as code scanning of GitHub and others take it. */
export function sarifLog(
  findings: readonly ShownFinding[],
  rules: readonly SarifRule[],
  version: string,
): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sluice', version, rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, rules)),
      },
    ],
  };
}

function ruleOf({ id, severity, title, why, fix, page }: SarifRule): object {
  return {
    id,
    name: id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${fix}`, markdown: page },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(
  { id, severity, place, message, fix, hosts }: ShownFinding,
  rules: readonly SarifRule[],
): object {
  return {
    ruleId: id,
    ruleIndex: rules.findIndex((rule) => rule.id === id),
    level: LEVELS[severity],
    message: { text: `${message}. ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place.file) },
          region: { startLine: place.line },
        },
      },
    ],
    ...(hosts === undefined ? {} : { properties: { hosts } }),
  };
}

/** Relative to where sluice ran, which is a repository's root where code scanning runs it. */
function uriOf(file: string): string {
  const parts = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${parts}` : parts;
}
