/** above this many comparisons a text is shown as removed and added in whole */
const MOST_COMPARISONS = 4_000_000

/** What became of `before`: parts of `kind` same, removed or added, which in their order make up both texts. */
export function diffWords(before, after) {
  const old = words(before)
  const now = words(after)
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const parts = [
    ...old.slice(0, start).map((text) => ({ kind: 'same', text })),
    ...diffMiddle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map((text) => ({ kind: 'same', text })),
  ]
  return joined(parts)
}

function words(text) {
  return text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
}

/** By the longest common subsequence. */
function diffMiddle(old, now) {
  const removed = old.map((text) => ({ kind: 'removed', text }))
  const added = now.map((text) => ({ kind: 'added', text }))
  if (old.length * now.length > MOST_COMPARISONS) return [...removed, ...added]
  // common[i][j]: how many words old[i…] and now[j…] have in common
  const common = old.map(() => new Uint16Array(now.length + 1))
  common.push(new Uint16Array(now.length + 1))
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i][j] =
        old[i] === now[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1])
    }
  }
  const parts = []
  let i = 0
  let j = 0
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      parts.push({ kind: 'same', text: old[i++] })
      j += 1
    } else if (common[i + 1][j] >= common[i][j + 1]) parts.push(removed[i++])
    else parts.push(added[j++])
  }
  return [...parts, ...removed.slice(i), ...added.slice(j)]
}

/**
 * Between two unchanged runs, first all that was removed and then all that was added. A mere space between changed
 * words counts as changed with them, else every second part of a rewritten sentence would be an unchanged space.
 */
function joined(parts) {
  const runs = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed !== '') runs.push({ kind: 'removed', text: removed })
    if (added !== '') runs.push({ kind: 'added', text: added })
    removed = added = ''
  }
  parts.forEach(({ kind, text }, index) => {
    const changing = removed !== '' || added !== ''
    const spaceWithin = /^ +$/.test(text) && changing && (parts[index + 1]?.kind ?? 'same') !== 'same'
    if (kind === 'removed' || (kind === 'same' && spaceWithin)) removed += text
    if (kind === 'added' || (kind === 'same' && spaceWithin)) added += text
    if (kind !== 'same' || spaceWithin) return
    flush()
    const last = runs.at(-1)
    if (last?.kind === 'same') last.text += text
    else runs.push({ kind, text })
  })
  flush()
  return runs
}
