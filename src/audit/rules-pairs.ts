import type { GuardMark } from '../express/mark.js'
import { countsAlike, describe, guardsBefore, isGuardMark, keysAgree, readsBefore } from './guards.js'
import type { Route } from './routes.js'
import { NONE, readsBeside, type Audited, type Remark, type Rule } from './rules.js'

/** `tag-not-accepted`, `read-without-tag`, and `keys-differ` between a read and a write */
export const acceptsTags: Rule = (route, audited) => {
  const writer = writerOf(route)
  if (writer === undefined) return NONE
  for (const read of readsBeside(route, audited)) {
    const readers = readersOf(read, audited)
    if (readers.length === 0) {
      const untagged = withoutTag(read, writer, audited)
      if (untagged !== undefined) return [untagged]
    } else if (!readers.some((reader) => countsAlike(reader, writer))) {
      const [reader = writer] = readers
      return [
        {
          code: 'tag-not-accepted',
          message: `GET ${read.path} is tagged by ${describe(reader)}, and its tags mean nothing to ${describe(writer)}: a client that sends one back is refused.`,
          fix: 'Take read(), send(), guard() and wrap() of one resource from the same ifMatch(), or give both the same store and version.',
        },
      ]
    } else if (
      !readers.some((reader) => countsAlike(reader, writer) && keysAgree(reader, writer, route.sample))
    ) {
      return [differing('GET', read, readers[0] ?? writer, writer)]
    }
  }
  return NONE
}

/** `stores-differ`, and `keys-differ` between two writes */
export const countsWithTheOthers: Rule = (route, { routes }) => {
  const writer = writerOf(route)
  if (writer === undefined) return NONE
  for (const other of routes) {
    if (other === route) break
    const before = other.shape === route.shape ? writerOf(other) : undefined
    if (before === undefined) continue
    const ledgers = writer.way === 'ledger' || before.way === 'ledger'
    if (ledgers && !countsAlike(before, writer)) {
      return [
        {
          code: 'stores-differ',
          message: `${other.method} ${other.path} counts by ${describe(before)}, this route by ${describe(writer)}, in another store: neither notices what the other has written.`,
          fix: 'Take the guards of one resource from the same ifMatch(), or give both the same store.',
        },
      ]
    }
    if (!keysAgree(before, writer, route.sample)) return [differing(other.method, other, before, writer)]
  }
  return NONE
}

function differing(method: string, other: Route, one: GuardMark, mine: GuardMark): Remark {
  return {
    code: 'keys-differ',
    message: `One resource has two keys: ${method} ${other.path} builds it by ${describe(one)}, this route by ${describe(mine)}.`,
    fix: "Give both the same key, best a template such as 'articles/:id': a path as key has its mount in it, and folds the case.",
  }
}

/** The guard next to the handler has the last word. */
function writerOf(route: Route): GuardMark | undefined {
  return route.writes ? guardsBefore(route).at(-1)?.mark : undefined
}

/** What tags the answers of a GET: what its handler sends them by, what stands before it, and what was seen. */
function readersOf(read: Route, { handlers, traffic, routes }: Audited): GuardMark[] {
  const endpoint = read.flow[read.endpoint]
  const sent = endpoint === undefined ? [] : handlers.sendersOf(endpoint.handle)
  const mounted = readsBefore(read).map(({ mark }) => mark)
  const instances = traffic?.of(read)?.readers ?? new Set()
  if (instances.size === 0) return [...sent, ...mounted]
  const known = routes.flatMap(({ flow }) => flow.flatMap(({ marks }) => marks.filter(isGuardMark)))
  return [...sent, ...mounted, ...known.filter(({ instance }) => instances.has(instance))]
}

function withoutTag(read: Route, writer: GuardMark, { traffic }: Audited): Remark | undefined {
  const remark = (known: NonNullable<Remark['known']>): Remark => ({
    code: 'read-without-tag',
    message: `GET ${read.path} answers without an entity tag of ours, so no client has anything to send back here.`,
    fix: 'Put read() before the handler of the GET, or let it answer by send(res, row).',
    known,
  })
  const seen = traffic?.of(read)
  if ((seen?.readers.size ?? 0) > 0) return undefined
  // a ledger's versions are in no row: without a read() nobody has them
  if (writer.way === 'ledger') return remark('stack')
  if (writer.bodyVersion !== false) return undefined
  return (seen?.answered ?? 0) > 0 ? remark('traffic') : remark('source')
}
