import { ProblemsError } from '../problem.ts';

/** Says in an operator's words why the journal can't be read or written. */
export function journalFailure(verb: 'read' | 'written', path: string, error: unknown): ProblemsError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new ProblemsError([
    {
      code: verb === 'read' ? 'journal-unreadable' : 'journal-unwritable',
      file: path,
      message: `The journal can't be ${verb}: ${error instanceof Error ? error.message : String(error)}.`,
      remedy: REMEDIES[code] ?? 'See to the disk or file system it is on, then run again.',
    },
  ]);
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Run as the user whom the folder belongs to, or from a directory where you may write.',
  EPERM: 'Run as the user whom the folder belongs to, or from a directory where you may write.',
  EROFS: 'The file system is read-only: run from a directory where you may write.',
  ENOENT: 'Make the directory above it first, or run from the directory of your project.',
  ENOTDIR: 'A file stands where a folder should be: move it away.',
  EEXIST: 'Something by this name is there already: move it away.',
  ENOSPC: 'The disk is full: make room. Old runs may be deleted, folder by folder.',
  EDQUOT: 'Your disk quota is used up: make room. Old runs may be deleted, folder by folder.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n), or use fewer forks.',
};
