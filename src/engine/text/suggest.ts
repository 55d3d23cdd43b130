/** "Did you mean": the nearest known names to a wrong one. */

/** Levenshtein distance with swaps of neighbours, cut off above `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforePrevious[j - 2] ?? 0) + 1);
      current.push(best);
    }
    if (Math.min(...current) > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}

/** At most `count` names that are close to `wrong` (letter case is free), nearest first. */
export function nearest(wrong: string, names: Iterable<string>, count = 3): string[] {
  const word = wrong.toLowerCase();
  // Words of one or two letters are near to every other one: only their letter case may differ.
  const limit = wrong.length < 3 ? 0 : Math.max(1, Math.min(4, Math.floor(wrong.length / 3)));
  const scored: { name: string; distance: number }[] = [];
  for (const name of names) {
    const distance = editDistance(word, name.toLowerCase(), limit);
    if (distance <= limit) scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name, 'en'));
  return scored.slice(0, count).map((entry) => entry.name);
}

/** `did you mean X or Y?`, or `undefined` when nothing is close. */
export function didYouMean(wrong: string, names: Iterable<string>): string | undefined {
  const found = nearest(wrong, names);
  return found.length === 0 ? undefined : `did you mean ${found.join(' or ')}?`;
}
