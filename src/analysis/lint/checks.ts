import { c1, c2, c3 } from './checks/comments.ts';
import { f1 } from './checks/f1.ts';
import { f2 } from './checks/f2.ts';
import { f3 } from './checks/f3.ts';
import { f4 } from './checks/f4.ts';
import { f5 } from './checks/f5.ts';
import { f6 } from './checks/f6.ts';
import { f7 } from './checks/f7.ts';
import { f8 } from './checks/f8.ts';
import { f9 } from './checks/f9.ts';
import { lb1 } from './checks/lb1.ts';
import { lb2 } from './checks/lb2.ts';
import { lb3 } from './checks/lb3.ts';
import { lb4 } from './checks/lb4.ts';
import { lb5 } from './checks/lb5.ts';
import { lb6 } from './checks/lb6.ts';
import { lb7 } from './checks/lb7.ts';
import { n1 } from './checks/n1.ts';
import { n2 } from './checks/n2.ts';
import { n3 } from './checks/n3.ts';
import { n4 } from './checks/n4.ts';
import { n5 } from './checks/n5.ts';
import { n6 } from './checks/n6.ts';
import { n7 } from './checks/n7.ts';
import { n8 } from './checks/n8.ts';
import { n9 } from './checks/n9.ts';
import { r1 } from './checks/r1.ts';
import { s1 } from './checks/s1.ts';
import { s2 } from './checks/s2.ts';
import { x1 } from './checks/x1.ts';
import { x2 } from './checks/x2.ts';
import { x5 } from './checks/x5.ts';
import { x7 } from './checks/x7.ts';
import { x8 } from './checks/x8.ts';
import type { Lint } from './model.ts';

/** Every mistake that is looked for, in the order of the manual. */
export const LINTS: readonly Lint[] = [
  ...[lb1, lb2, lb3, lb4, lb5, lb6, lb7],
  ...[n1, n2, n3, n4, n5, n6, n7, n8, n9],
  ...[f1, f2, f3, f4, f5, f6, f7, f8, f9],
  ...[r1, x1, x2, x5, x7, x8],
  ...[s1, s2, c1, c2, c3],
];

/** By id, in any case of its letters. */
export function lintOf(id: string): Lint | undefined {
  return LINTS.find((lint) => lint.id === id.toUpperCase());
}
