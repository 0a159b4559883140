import { widthOf } from './width.ts';

/** A line as Ansible writes one: the title, then stars to the edge of the terminal, at least three. */
export function formatBanner(title: string, columns: number): string {
  return `${title} ${'*'.repeat(Math.max(3, columns - 1 - widthOf(title) - 1))}`;
}
