import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What each room may import of the others: everything of a room, or the types of single files. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  // A variable may be secret, or unusable for a reason that only its user shows.
  inventory: ['sensitive.ts', 'unusable.ts'],
  settings: ['inventory', 'sensitive.ts'],
  // What a check comes to once it is rendered.
  playbook: ['inventory', 'ruleset', 'sensitive.ts', 'unusable.ts', 'checks/model.ts'],
  ruleset: [],
  analysis: ['ruleset'],
  plan: ['inventory', 'ruleset', 'playbook/model.ts'],
  // It proves what it writes by rendering it.
  adopt: ['inventory', 'ruleset', 'playbook'],
  rollout: ['plan', 'playbook/model.ts'],
  project: ['inventory', 'settings', 'playbook', 'vault', 'gateway/program.ts'],
  vault: ['sensitive.ts'],
  runtime: ['rollout', 'plan', 'gateway', 'checks', 'journal', 'remote.ts', 'ruleset/model.ts'],
  gateway: ['ruleset', 'remote.ts'],
  // A header may be secret.
  checks: ['remote.ts', 'sensitive.ts'],
  ssh: ['remote.ts', 'sensitive.ts', 'unusable.ts', 'inventory/model.ts'],
  // What a run wanted is read again by a rollback.
  journal: ['rollout/events.ts', 'ruleset/model.ts', 'playbook/model.ts', 'checks/model.ts'],
  lab: [],
  // Unit files and crontab lines as text.
  schedule: [],
  // What looks at backends come to, and when rules are written anew for it.
  watch: [],
  // It reads events, and tells somebody elsewhere.
  notify: ['rollout/events.ts', 'rollout/questions.ts', 'playbook/model.ts', 'sensitive.ts'],
};
const PURE = [
  'inventory',
  'settings',
  'playbook',
  'ruleset',
  'analysis',
  'plan',
  'adopt',
  'rollout',
  'schedule',
  'watch',
];

/** Types that may leave their room, if only for some others. */
const CONTRACTS = [
  'remote.ts',
  'inventory/model.ts',
  'ruleset/model.ts',
  'playbook/model.ts',
  'checks/model.ts',
  'rollout/events.ts',
  'rollout/outcome.ts',
  'gateway/program.ts',
];

/** Statements that a pure room must not hold, each by itself. */
const IMPURE = [
  "import 'node:fs';",
  "import { readFile } from 'node:fs/promises';",
  "export { sep } from 'node:path';",
  "export const lazy = import('node:os');",
  "import { Client } from 'ssh2';",
  "import pLimit from 'p-limit';",
  'export const a = new Date();',
  'export const b = Date.now();',
  'export const c = performance.now();',
  'export const d = Math.random();',
  "export const e = Math['random']();",
  'const { random } = Math;',
  'export const f = process.env.HOME;',
  'setTimeout(() => {}, 1);',
  'setInterval(() => {}, 1);',
  'setImmediate(() => {});',
  'export const g = globalThis.Date;',
  'export const h = crypto.randomUUID();',
  "export const i = fetch('http://127.0.0.1/');",
];

/** What a pure room may well hold. */
const PURE_STATEMENTS = [
  "import { parseDocument } from 'yaml';",
  "import { word } from './words.ts';",
  "import { formatProblem } from '../problem.ts';",
  'export const a = Math.max(1, 2);',
  'export const remaining = (process: number) => process;',
];

let folder: string;
let found: ReadonlyMap<string, ReadonlySet<number>>;

/** One file a question, one statement a line; Biome reads them all in one go, with the project's own configuration. */
const files = new Map<string, readonly string[]>();
function ask(file: string, statements: readonly string[]): () => readonly string[] {
  files.set(file, statements);
  return () => statements.filter((_, index) => found.get(file)?.has(index + 1));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-walls-'));
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  copyFileSync(join(root, '.gitignore'), join(folder, '.gitignore'));
  cpSync(join(root, 'test/architecture'), join(folder, 'test/architecture'), { recursive: true });
  for (const [file, statements] of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), `${statements.join('\n')}\n`);
  }
  found = lint(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(ROOMS))('the room %s', (room, open) => {
  const others = [...Object.keys(ROOMS), 'cli'].filter((other) => other !== room);
  const statements = [
    ...others.map((other) => `export * from '../${other}/anything.ts';`),
    "export type * from '../remote.ts';",
    "export { Sensitive } from '../sensitive.ts';",
    "export { Unusable } from '../unusable.ts';",
    ...(room === 'rollout' ? [] : ["export { Questions } from '../rollout/questions.ts';"]),
    ...CONTRACTS.filter((file) => !file.startsWith(`${room}/`)).map(
      (file) => `export type { A } from '../${file}';`,
    ),
  ];
  const isOpen = (statement: string) =>
    open.some((what) => statement.includes(what.endsWith('.ts') ? `'../${what}'` : `'../${what}/`));
  const refused = ask(`src/${room}/imports.ts`, statements);

  it('imports the rooms it may, and no other', () => {
    expect(refused()).toEqual(statements.filter((statement) => !isOpen(statement)));
  });

  const anywhere = ask(`src/${room}/anywhere.ts`, [
    "import type { Problem } from '../problem.ts';",
    "import { formatProblem } from '../problem.ts';",
    "import { own } from './own.ts';",
  ]);
  it('imports its own files and problem.ts', () => expect(anywhere()).toEqual([]));
});

describe.each(PURE)('the pure room %s', (room) => {
  const refused = ask(`src/${room}/impure.ts`, IMPURE);
  it('touches nothing of the world', () => expect(refused()).toEqual(IMPURE));

  const allowed = ask(`src/${room}/pure.ts`, PURE_STATEMENTS);
  it('computes and imports freely otherwise', () => expect(allowed()).toEqual([]));
});

const values = CONTRACTS.flatMap((file) => [
  `import { A } from '../${file}';`,
  `import { type A } from '../${file}';`,
  `import * as all from '../${file}';`,
  `export { A } from '../${file}';`,
  `export * from '../${file}';`,
]);
const deepValues = values.map((statement) => statement.replace("'../", "'../../"));
// The command line may import everything, so that only the wall around contracts speaks.
const refusedValues = ask('src/cli/values.ts', values);
const refusedDeepValues = ask('src/cli/commands/values.ts', deepValues);
it('only the types of a contract leave its room', () => {
  expect(refusedValues()).toEqual(values);
  expect(refusedDeepValues()).toEqual(deepValues);
});

const everything = ask('src/cli/commands/everything.ts', [
  ...Object.keys(ROOMS).map((room) => `export * from '../../${room}/anything.ts';`),
  "import { view } from '../views/view.ts';",
]);
it('the command line imports every room', () => expect(everything()).toEqual([]));

const forViews = [
  "import type { Event } from '../../rollout/events.ts';",
  "import type { Outcome } from '../../rollout/outcome.ts';",
  "import type { WatchEvent } from '../../watch/events.ts';",
  "import { formatProblem } from '../../problem.ts';",
  "import { outcomeAfterUndo } from '../../rollout/jobs.ts';",
  "import { Questions } from '../../rollout/questions.ts';",
  "import { view } from './view.ts';",
];
const notForViews = [
  "import { forwardJob } from '../../rollout/jobs.ts';",
  "import { outcomeAfterUndo, undoJob } from '../../rollout/jobs.ts';",
  "import { recap } from '../../rollout/recap.ts';",
  "import type { Remote } from '../../remote.ts';",
  "import { diff } from '../../ruleset/diff.ts';",
  "import { command } from '../commands/lab.ts';",
];
const shown = ask('src/cli/views/imports.ts', [...forViews, ...notForViews]);
it('views know only events', () => expect(shown()).toEqual(notForViews));

const rootImports = ["export * from './inventory/model.ts';", "export * from './cli/main.ts';"];
const top = ask('src/remote.ts', ["import type { Problem } from './problem.ts';", ...rootImports]);
it('what every room imports knows no room', () => expect(top()).toEqual(rootImports));

/** The lines that Biome calls an error by a rule about walls or purity, by file. */
function lint(project: string): ReadonlyMap<string, ReadonlySet<number>> {
  const biome = join(root, 'node_modules/.bin/biome');
  const report = join(project, 'report.json');
  const only = ['style/noRestrictedImports', 'style/noRestrictedGlobals', 'plugin'].flatMap((rule) => [
    '--only',
    rule,
  ]);
  try {
    execFileSync(
      biome,
      ['lint', ...only, '--max-diagnostics=none', '--reporter=json', `--reporter-file=${report}`, 'src'],
      { cwd: project, stdio: 'ignore' },
    );
  } catch {
    // There are errors: that is what is looked for.
  }
  const { diagnostics }: Report = JSON.parse(readFileSync(report, 'utf8'));
  const lines = new Map<string, Set<number>>();
  for (const { severity, category, location, message } of diagnostics) {
    if (severity !== 'error') throw new Error(`${category} is no error: ${message}`);
    lines.set(location.path, (lines.get(location.path) ?? new Set()).add(location.start.line));
  }
  return lines;
}

type Report = {
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
};
