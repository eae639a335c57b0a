import type { ServerResponse } from 'node:http'
import type { Claims } from '../claims/claims.js'
import { ledgerVersion } from '../core/ledger.js'
import { formatTag } from '../core/version.js'
import { watchBody } from './answer-body.js'
import { takeBodyVersion } from './demand.js'
import { isAuthorized } from './authorized.js'
import { createdKey, isNamed } from './created.js'
import type { ExpressRequest, Next } from './express-types.js'
import { HeldAnswer, type Decision } from './held-answer.js'
import { holderOf } from './holders.js'
import type { RequestKey } from './key.js'
import { refusal } from '../core/refusal.js'
import { RefusalWatch } from './refusal-watch.js'
import { setupFor } from './request-mode.js'
import { respond } from './respond.js'
import { keysOf } from './sessions/keys-of-write.js'
import type { Setup } from './setup.js'

/**
 * POST in a guarded tree: it is not guarded, for it names no state it was built on. What it did moves the key of
 * its path and of the path above; what it created gets a tag, where nobody else had it created first.
 */
export async function trackPost(
  asked: Setup,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<void> {
  const { claims } = asked
  try {
    const setup = setupFor(asked, req)
    const watch = new RefusalWatch(setup, req)
    if (!(await isAuthorized(setup, req))) watch.forbid()
    const key = watch.attempt(() => setup.key.read(req), undefined)
    if (claims === undefined || key === undefined) {
      next()
      return
    }
    takeBodyVersion(setup, req)
    const held = new HeldAnswer(req, res, {
      decide: ({ status }) => tracked(setup, claims, key, status, req, res, next),
    })
    watchBody(res, {})
    // nobody waits for this answer any more, which may never come: what was done so far counts
    res.once('close', () => {
      if (held.undecided) void moveLate(setup, claims, key, req)
    })
    next()
  } catch (error) {
    respond(asked, error, req, res, next)
  }
}

async function tracked(
  setup: Setup,
  claims: Claims,
  key: RequestKey,
  status: number,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<Decision> {
  if (status >= 400 && status < 500) return { answer: 'own', etag: undefined }
  try {
    const created = status === 201 ? createdKey(setup, req, res) : undefined
    const keys = movedBy(setup, key, req)
    if (created !== undefined) keys.delete(created.key)
    await moveAll(claims, keys)
    const etag = created === undefined ? undefined : await tagOfCreated(claims, created)
    return { answer: 'own', etag: created !== undefined && isNamed(setup, key, created) ? etag : undefined }
  } catch (error) {
    if (setup.observing || status >= 500) return { answer: 'own', etag: undefined }
    const problem = refusal('outcome-unknown', { resource: key.key }, { cause: error })
    return {
      answer: 'other',
      write: () => {
        respond(setup, problem, req, res, next)
      },
    }
  }
}

/**
 * Its own key, the one above, and whatever else the application says. A guard further in has settled what it held: moved
 * once more, the tag on the answer would be superseded before the client has it (P5).
 */
function movedBy(setup: Setup, key: RequestKey, req: ExpressRequest): Set<string> {
  const keys = [...keysOf({ setup, req, key }), ...above(setup, req)]
  return new Set(keys.filter((name) => holderOf(req, setup.ledger, name) === undefined))
}

/** Nobody is left to be told of a failure. */
async function moveLate(setup: Setup, claims: Claims, key: RequestKey, req: ExpressRequest): Promise<void> {
  try {
    await moveAll(claims, movedBy(setup, key, req))
  } catch {
    // the versions stay: what the handler did is not known either
  }
}

async function moveAll(claims: Claims, keys: ReadonlySet<string>): Promise<void> {
  await Promise.all([...keys].map((key) => claims.move(key)))
}

/** The key of the collection that holds this one. */
function above(setup: Setup, req: ExpressRequest): readonly string[] {
  const path = (req.originalUrl ?? req.url ?? '/').replace(/[?#].*$/s, '')
  const end = path.replace(/\/$/, '').lastIndexOf('/')
  const key = end < 0 ? undefined : setup.key.ofPath(path.slice(0, end) || '/')
  return key === undefined ? [] : [key.key]
}

/** A tag only if this swap, from unknown or deleted, is the one that wins: else the state is not this request's. */
async function tagOfCreated(claims: Claims, { key }: RequestKey): Promise<string | undefined> {
  const record = await claims.appear(key, await claims.read(key))
  if (record !== undefined) return formatTag(ledgerVersion(claims.epoch, record.count))
  await claims.move(key)
  return undefined
}
