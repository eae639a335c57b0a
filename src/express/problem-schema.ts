import { z } from 'zod'
import { KINDS, type ProblemCode } from '../core/problem.js'

const step = z.looseObject({
  action: z.enum(['refetch', 'merge', 'retry', 'wait', 'send-precondition', 'correct', 'use-put', 'force']),
  method: z.string().optional(),
  href: z.string().optional(),
  afterMs: z.number().optional(),
})

/** What is answered, as a schema. Clients that bring no zod check the same by hand; a test compares the two. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.enum(Object.keys(KINDS) as ProblemCode[]),
  reason: z.enum(['stale', 'race', 'weak-validator', 'gone']).optional(),
  resource: z.string().optional(),
  expected: z.union([z.string(), z.array(z.string())]).optional(),
  current: z
    .looseObject({
      version: z.string().optional(),
      etag: z.string().optional(),
      representation: z.unknown().optional(),
    })
    .optional(),
  resolution: z.array(step),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
  applied: z.enum(['no', 'unknown']),
})
