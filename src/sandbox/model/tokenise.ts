/** Words of a sentence and of names, in one form: lower case, no accents, camel case split. */

export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
}

const MOST_REMEMBERED = 50_000;

/** The same names and words are compared again and again: results are kept, all forgotten together when there are too many. */
export function remembered<Result>(work: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const result = work(text);
    known.set(text, result);
    return result;
  };
}

const words = remembered((text: string): readonly string[] => split(text));

/** `AlbSecurityGroup`, `sg_alb` and `alb-sg` as words. */
export function wordsOf(text: string): string[] {
  return [...words(text)];
}

function split(text: string): string[] {
  return plain(
    text
      .replace(/(\d)XX(?![a-z])/g, ' $1xx ')
      .replace(/([a-z\d])([A-Z])/g, '$1 $2')
      .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2'),
  )
    .replace(/([a-z]{3})(\d+)(?![a-z\d])/g, '$1 $2')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** True when `a` and `b` are the same word up to plural and one or two slips of the finger, depending on length. */
export function same(a: string, b: string): boolean {
  // A plural and two slips make no word longer by more than this.
  if (Math.abs(a.length - b.length) > 5) return false;
  return a === b || pairSame(a < b ? `${a} ${b}` : `${b} ${a}`);
}

const pairSame = remembered((pair: string): boolean => {
  const [a = '', b = ''] = pair.split(' ');
  return singularSame(a, b);
});

function singularSame(a: string, b: string): boolean {
  const x = singular(a);
  const y = singular(b);
  if (x === y) return true;
  const shorter = Math.min(x.length, y.length);
  if (shorter < 5 || /\d/.test(x + y)) return false;
  return distance(x, y) <= (shorter >= 8 ? 2 : 1);
}

/** A crude singular, good in both languages: `queues` -> `queue`, `funcoes` -> `funcao`, `policies` -> `policy`. */
export function singular(word: string): string {
  if (/^(?:ips|azs|acls|vpcs|arns|ids|urls|apis|menus|\w?[cg]pus|[arw]cus|skus)$/.test(word)) return word.slice(0, -1);
  if (word.length < 4 || word === 'https') return word;
  if (word.endsWith('oes')) return `${word.slice(0, -3)}ao`;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:sses|xes|ches|shes)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') && !word.endsWith('ss') && !word.endsWith('us') ? word.slice(0, -1) : word;
}

/** What forms of one word begin with: `routing` and `routes`, `rotation` and `rotate`, `encrypted` and `encrypt`. */
export function stem(word: string): string {
  const base = singular(word).replace(/(?:ing|ion|ed|e)$/, '');
  return base.length < 3 ? word : base.replace(/([bdglmnprt])\1$/, '$1');
}

/** Edits between two words, a swap of neighbours counting as one. */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min((above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (above[column - 1] ?? 0) + cost);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    before = above;
    above = current;
  }
  return above[b.length] ?? 0;
}

/** True when the sentence has one of these words, slips allowed for long ones. */
export function hasWord(words: readonly string[], wanted: readonly string[]): boolean {
  return wanted.some((target) => words.some((word) => same(word, target)));
}
