import { invalid, type KeyProblem } from './key-problem.ts';
import { NOTICE_KINDS, type Notify, type TextSource } from './model.ts';
import type { WrittenNotify } from './schema-notify.ts';

/** Fills in defaults; finds an entry that is neither one thing nor the other. */
export function completeNotify(
  written: readonly WrittenNotify[],
  lineOf: (index: number) => number,
): { readonly notify: readonly Notify[]; readonly problems: readonly KeyProblem[] } {
  const problems: KeyProblem[] = [];
  const notify = written.flatMap((one, index): readonly Notify[] => {
    const { webhook, secret, command, on = NOTICE_KINDS } = one;
    const rest = { on, line: lineOf(index) };
    const wrong = (complaint: string) => {
      problems.push(invalid(['notify', index], complaint));
      return [];
    };
    if ((webhook === undefined) === (command === undefined)) return wrong('needs one of webhook and command');
    if (command !== undefined)
      return secret === undefined
        ? [{ ...rest, to: { kind: 'command', argv: command } }]
        : wrong('has a secret, which belongs to a webhook');
    if (webhook === undefined || secret === undefined)
      return wrong('needs a secret beside its webhook: an unsigned message proves nothing');
    return [{ ...rest, to: { kind: 'webhook', url: sourceOf(webhook), secret: sourceOf(secret) } }];
  });
  return { notify, problems };
}

function sourceOf(written: string | { readonly env: string } | { readonly file: string }): TextSource {
  if (typeof written === 'string') return { kind: 'literal', text: written };
  return 'env' in written ? { kind: 'environment', name: written.env } : { kind: 'file', file: written.file };
}
