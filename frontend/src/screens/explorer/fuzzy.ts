/** How well a path fits what was typed, and which of its letters were meant. */
export interface Match {
  score: number;
  positions: number[];
}

const IN_NAME = 6;
const AT_WORD = 8;
const IN_A_ROW = 5;

/** Whether the letters of `query` stand in `path` in their order; letters of the file's name, words and runs count more. */
export function fuzzyMatch(path: string, query: string): Match | null {
  const lower = path.toLowerCase();
  const wanted = query.toLowerCase().replace(/\s+/g, "");
  if (wanted === "") return { score: 0, positions: [] };
  const nameAt = path.lastIndexOf("/") + 1;
  const exact = lower.indexOf(wanted, nameAt);
  const positions = exact >= 0 ? run(exact, wanted.length) : backwards(lower, wanted);
  return positions && { score: scoreOf(path, positions, nameAt), positions };
}

/** From the end, since what is typed is a file's name more often than a folder's. */
function backwards(lower: string, wanted: string): number[] | null {
  const positions: number[] = [];
  let at = lower.length;
  for (let index = wanted.length - 1; index >= 0; index--) {
    at = lower.lastIndexOf(wanted[index] ?? "", at - 1);
    if (at < 0 || (at === 0 && index > 0)) return null;
    positions.push(at);
  }
  return positions.reverse();
}

function run(from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => from + index);
}

function scoreOf(path: string, positions: number[], nameAt: number): number {
  let score = -path.length / 50;
  positions.forEach((position, index) => {
    score += 1;
    if (position >= nameAt) score += IN_NAME;
    if (position === 0 || /[\s/._-]/.test(path[position - 1] ?? "")) score += AT_WORD;
    if (index > 0 && positions[index - 1] === position - 1) score += IN_A_ROW;
  });
  return score;
}

/** The fitting items, the best first; equally good ones stay in their order. */
export function fuzzyFilter<Item extends { path: string }>(
  items: readonly Item[],
  query: string,
  limit: number,
): { item: Item; positions: number[] }[] {
  const found: { item: Item; match: Match }[] = [];
  for (const item of items) {
    const match = fuzzyMatch(item.path, query);
    if (match) found.push({ item, match });
  }
  found.sort((a, b) => b.match.score - a.match.score);
  return found.slice(0, limit).map(({ item, match }) => ({ item, positions: match.positions }));
}
