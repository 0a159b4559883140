import { describe, expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { lintSummary } from '../../../src/cli/views/lint-summary.ts';
import { lintLines, type ShownFinding } from '../../../src/cli/views/lint-text.ts';
import { type SarifRule, sarifLog } from '../../../src/cli/views/sarif.ts';
import type { LintedLine } from '../../../src/rollout/events.ts';

const line = (
  id: string,
  severity: LintedLine['severity'],
  at: number,
  more: Partial<LintedLine> = {},
): LintedLine => ({
  id,
  severity,
  file: 'templates/nat.rules.hbs',
  line: at,
  message: `what ${id} says`,
  fix: `what to do about ${id}`,
  hosts: 1,
  host: 'gw1',
  ...more,
});

describe('in a run', () => {
  test('what cuts access comes first and in full, errors before warnings, notes as a number', () => {
    const findings = [
      line('N5', 'warning', 9, { hosts: 3 }),
      line('F7', 'info', 12),
      line('LB1', 'error', 4),
      line('N1', 'warning', 2, { cutsAccess: true }),
    ];
    expect(lintSummary(findings, NO_COLOURS)).toEqual([
      '[LINT]: 1 error, 2 warnings, 1 note (F7, LB1, N1, N5); sluice lint tells more of each',
      '    templates/nat.rules.hbs:2: warning N1: what N1 says (THIS MAY CUT YOUR ACCESS)',
      '    templates/nat.rules.hbs:4: error LB1: what LB1 says',
      '    templates/nat.rules.hbs:9: warning N5: what N5 says (3 hosts)',
    ]);
  });

  test('it never drowns the plan; of what cuts access nothing is left out', () => {
    const many = Array.from({ length: 40 }, (_, at) => line('N1', 'warning', at + 1));
    const lines = lintSummary(many, NO_COLOURS);
    expect(lines).toHaveLength(7);
    expect([lines[0], lines[6]]).toEqual([
      '[LINT]: 40 warnings (N1 ×40); sluice lint tells more of each',
      '    … and 35 more',
    ]);
    const cutting = many.slice(0, 6).map((one) => ({ ...one, cutsAccess: true as const }));
    expect(lintSummary([...cutting, ...many.slice(6)], NO_COLOURS)).toHaveLength(8);
    expect(lintSummary([line('F7', 'info', 1)], NO_COLOURS)).toHaveLength(1);
  });
});

const finding: ShownFinding = {
  id: 'N1',
  severity: 'error',
  place: { file: 'templates/a b.rules.hbs', line: 7 },
  message: 'it takes \u001b[2J everything',
  fix: 'Limit it.',
  text: '-A PREROUTING -j DNAT --to-destination 10.0.0.1',
  hosts: ['gw1', 'gw2', 'gw3'],
  cutsAccess: true,
};

describe('sluice lint', () => {
  test('prints as compilers do, what is unsafe to print spelled out', () => {
    const seen = ['3 hosts of edge.yml'];
    const unread = [{ file: 'fw.sh', line: 3 }];
    const note = {
      ...finding,
      id: 'F7',
      severity: 'info',
      hosts: [],
      place: { file: 'x', line: 1 },
    } as const;
    const { cutsAccess: _, text: __, ...rest } = note;
    expect(lintLines({ findings: [finding, rest], silenced: 2, unread, seen }, NO_COLOURS)).toEqual([
      'templates/a b.rules.hbs:7: error N1 cuts access: it takes \\x1b[2J everything',
      '    -A PREROUTING -j DNAT --to-destination 10.0.0.1',
      '    fix: Limit it.',
      '    on gw[1:3] (3 hosts)',
      'x:1: info F7 it takes \\x1b[2J everything',
      '    fix: Limit it.',
      '1 command not read, as only the shell knows their variables: the first in fw.sh:3',
      '',
      '1 error, 1 info, 2 silenced by comments in 3 hosts of edge.yml. More on one: sluice lint --explain N1',
    ]);
    expect(lintLines({ findings: [], silenced: 0, unread: [], seen }, NO_COLOURS)).toEqual([
      'No findings in 3 hosts of edge.yml.',
    ]);
  });

  test('a SARIF log has what code scanning asks for', () => {
    const rule: SarifRule = {
      id: 'N1',
      severity: 'warning',
      title: 'a title',
      why: 'why',
      fix: 'fix',
      page: '### N1',
    };
    const absolute = { ...finding, place: { file: '/srv/fw', line: 1 } };
    expect(sarifLog([finding, absolute], [rule], '1.2.3')).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'sluice',
              version: '1.2.3',
              rules: [{ id: 'N1', defaultConfiguration: { level: 'warning' } }],
            },
          },
          results: [
            {
              ruleId: 'N1',
              ruleIndex: 0,
              level: 'error',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'templates/a%20b.rules.hbs' },
                    region: { startLine: 7 },
                  },
                },
              ],
            },
            { locations: [{ physicalLocation: { artifactLocation: { uri: 'file:///srv/fw' } } }] },
          ],
        },
      ],
    });
  });
});
