export const FIELDS = [
  { name: 'title', label: 'Title' },
  { name: 'body', label: 'Text' },
]

/**
 * A three-way merge, field by field: a field that only one side changed is taken from that side. `conflicts` are
 * the fields that both changed, and not to the same; `merged` has yours in them until somebody chooses.
 */
export function merge(base, yours, theirs) {
  const merged = {}
  const conflicts = []
  for (const field of FIELDS) {
    const { name } = field
    const mine = yours[name] !== base[name]
    const other = theirs[name] !== base[name]
    merged[name] = mine ? yours[name] : theirs[name]
    if (mine && other && yours[name] !== theirs[name]) conflicts.push(field)
  }
  return { merged, conflicts }
}

export function sameContent(one, other) {
  return FIELDS.every(({ name }) => one[name] === other[name])
}
