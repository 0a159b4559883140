/**
 * How often something of probability `p` may happen in `n` independent tries: the least and the greatest count beyond which it
 * happens in at most `risk` of all cases, half of that on each side.
 */
export function binomialRange(n: number, p: number, risk: number): readonly [least: number, most: number] {
  if (p <= 0) return [0, 0];
  if (p >= 1) return [n, n];
  const chances = Array.from({ length: n + 1 }, (_, count) => chance(n, count, p));
  const side = risk / 2;
  let [least, below] = [0, 0];
  while (least < n && below + (chances[least] ?? 0) <= side) {
    below += chances[least] ?? 0;
    least += 1;
  }
  let [most, above] = [n, 0];
  while (most > 0 && above + (chances[most] ?? 0) <= side) {
    above += chances[most] ?? 0;
    most -= 1;
  }
  return [least, most];
}

/** In logarithms, as the factors leave what a number can hold. */
function chance(n: number, count: number, p: number): number {
  return Math.exp(
    logFactorial(n) -
      logFactorial(count) -
      logFactorial(n - count) +
      count * Math.log(p) +
      (n - count) * Math.log(1 - p),
  );
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let factor = 2; factor <= n; factor++) sum += Math.log(factor);
  return sum;
}
