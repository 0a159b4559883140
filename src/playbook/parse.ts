import type { Problem } from '../problem.ts';
import { completePlay, problemsOfParts } from './complete.ts';
import { explainIssue } from './issues.ts';
import type { KeyProblem } from './key-problem.ts';
import type { Play } from './model.ts';
import { playbookSchema } from './schema.ts';
import { parseYaml, type YamlFile } from './yaml.ts';

/**
 * Parses a playbook, filling in every default. All problems come at once, each with its line; with any problem there are no plays.
 *
 * @param file named in problems and kept in each play
 */
export function parsePlaybook(
  text: string,
  file: string,
): { readonly plays: readonly Play[]; readonly problems: readonly Problem[] } {
  const parsed = parseYaml(text, file);
  if ('problems' in parsed) return { plays: [], problems: parsed.problems };
  const { yaml } = parsed;
  const checked = playbookSchema.safeParse(yaml.value);
  if (!checked.success) {
    const issues = checked.error.issues.flatMap((issue) => explainIssue(issue, yaml, file));
    const written: readonly unknown[] = Array.isArray(yaml.value) ? yaml.value : [];
    const others = written.flatMap((play, index) =>
      problemsOfParts(play).map((problem) => placed(problem, index, yaml, file)),
    );
    return { plays: [], problems: sorted([...issues, ...others]) };
  }
  const completed = checked.data.map((written, index) =>
    completePlay(written, file, (path) => yaml.lineOf([index, ...path])),
  );
  const problems = completed.flatMap((one, index) =>
    one.problems.map((problem) => placed(problem, index, yaml, file)),
  );
  const plays = completed.map(({ play }) => play);
  const all = sorted([...problems, ...duplicateIds(plays)]);
  return { plays: all.length === 0 ? plays : [], problems: all };
}

/** Two plays of one id would take each other's state on a gateway for their own. */
function duplicateIds(plays: readonly Play[]): readonly Problem[] {
  const first = new Map<string, Play>();
  return plays.flatMap((play): Problem[] => {
    const other = first.get(play.id);
    first.set(play.id, other ?? play);
    if (other === undefined) return [];
    const message = `play id "${play.id}" is taken by the play at ${other.file}:${other.line}`;
    return [
      {
        code: 'duplicate-id',
        file: play.file,
        line: play.line,
        message,
        remedy: 'Give each play an id of its own.',
      },
    ];
  });
}

function placed({ path, ...problem }: KeyProblem, index: number, yaml: YamlFile, file: string): Problem {
  return { ...problem, file, line: yaml.lineOf([index, ...path]) };
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
