import { z } from 'zod';
import type { Problem } from '../problem.ts';
import { completeNotify } from './complete-notify.ts';
import { explainIssue } from './issues.ts';
import type { Notify } from './model.ts';
import { notifySchema } from './schema-notify.ts';
import { parseYaml, type YamlFile } from './yaml.ts';

/** Whom a project tells of all of its runs; the file holds a list as the `notify` of a play does. */
export type NotifyFile = { readonly file: string; readonly notify: readonly Notify[] };

const schema = z.tuple([z.strictObject({ notify: z.array(notifySchema, 'must be a list') })]);

/** Parses such a file. All problems come at once, each with its line; with any problem nobody is told. */
export function parseNotifyFile(
  text: string,
  file: string,
): { readonly notify: readonly Notify[]; readonly problems: readonly Problem[] } {
  const parsed = parseYaml(text, file);
  if ('problems' in parsed) return { notify: [], problems: parsed.problems };
  const yaml = asPlay(parsed.yaml);
  const checked = schema.safeParse(yaml.value);
  if (!checked.success)
    return { notify: [], problems: checked.error.issues.flatMap((issue) => explainIssue(issue, yaml, file)) };
  const [{ notify: written }] = checked.data;
  const { notify, problems } = completeNotify(written, (index) => yaml.lineOf([0, 'notify', index]));
  return {
    notify: problems.length === 0 ? notify : [],
    problems: problems.map(({ path, ...problem }) => ({ ...problem, file, line: yaml.lineOf([0, ...path]) })),
  };
}

/** What is wrong is told in the words of a play that has this list. */
function asPlay({ value, lineOf, lineOfKey }: YamlFile): YamlFile {
  return {
    value: [{ notify: value }],
    lineOf: (path) => lineOf(path.slice(2)),
    lineOfKey: (path) => lineOfKey(path.slice(2)),
  };
}
