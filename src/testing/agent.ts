/** What is needed of one request: supertest's and superagent's have it. */
export interface TaggableRequest {
  set(field: string, value: string): unknown
  on(event: 'response', listener: (response: TaggedResponse) => void): unknown
}

export interface TaggedResponse {
  readonly status: number
  /** by lower-case name */
  readonly headers: Readonly<Record<string, unknown>>
}

/** What `withTags` adds to an agent. */
export interface Tags<Agent> {
  /** the entity tag that was seen last for this path, which the next write to it sends */
  tagOf(path: string): string | undefined
  /** the agent as it was: its requests neither send nor remember tags */
  readonly untagged: Agent
  /** the same agent, whose writes send this tag whatever was seen; their answers are remembered */
  withTag(tag: string): Agent
  /** forgets the tag of this path, or of all */
  forget(path?: string): void
}

type Method = (url: string, ...rest: unknown[]) => TaggableRequest

const METHODS: readonly PropertyKey[] = ['get', 'head', 'post', 'put', 'patch', 'delete', 'del']
const WRITES: readonly PropertyKey[] = ['put', 'patch', 'delete', 'del']

/**
 * An agent that does what a careful client does: GET and HEAD remember the ETag of their path, PUT, PATCH and
 * DELETE send it in If-Match, and their answers refresh it. `agent` is what supertest's `request(app)` or
 * `request.agent(app)` gives; one request goes without by `.unset('If-Match')`, or sends a stale tag by
 * `.set('If-Match', '"old"')`.
 */
export function withTags<Agent extends object>(agent: Agent): Agent & Tags<Agent> {
  const tags = new Map<string, string>()

  const echoing = (fixed?: string): Agent =>
    new Proxy(agent, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (!METHODS.includes(name) || typeof member !== 'function') return member
        return (url: string, ...rest: unknown[]) => {
          const request = (member as Method).call(target, url, ...rest)
          const tag = fixed ?? tags.get(pathOf(url))
          const writes = WRITES.includes(name)
          if (writes && tag !== undefined) request.set('If-Match', tag)
          request.on('response', (response) => remember(tags, name, pathOf(url), response))
          return request
        }
      },
    })

  const added: Tags<Agent> = {
    tagOf: (path) => tags.get(pathOf(path)),
    untagged: agent,
    withTag: echoing,
    forget(path) {
      if (path === undefined) tags.clear()
      else tags.delete(pathOf(path))
    },
  }
  return new Proxy(echoing(), {
    get: (target, name): unknown => Reflect.get(Object.hasOwn(added, name) ? added : target, name),
  }) as Agent & Tags<Agent>
}

function remember(
  tags: Map<string, string>,
  method: PropertyKey,
  path: string,
  { status, headers }: TaggedResponse,
): void {
  // a refusal's tag is not taken: to send it under the same change would be to overwrite what was never read
  if (status !== 304 && (status < 200 || status > 299)) return
  const { etag, location } = headers
  // RFC 9110 §15.3.2: the validators of a 201 are those of what it created
  const place = status === 201 && typeof location === 'string' ? pathOf(location, path) : path
  if (method === 'post' && place === path) return
  if (typeof etag === 'string') tags.set(place, etag)
  // a write without one has made a version that only a GET can tell; a read without one says nothing
  else if (WRITES.includes(method)) tags.delete(place)
}

/** One resource has one tag, whatever was asked of it. A Location is relative to what was asked (RFC 9110 §10.2.2). */
function pathOf(url: string, base = '/'): string {
  return new URL(url, new URL(base, 'http://localhost')).pathname
}
