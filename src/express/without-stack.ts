/**
 * What a guard refuses before any handler ran. Where in this library that was says nothing to anybody, and to find out
 * takes as long as the rest of the guard.
 */
export function withoutStack<Refused>(refuse: () => Refused): Refused {
  const limit = Error.stackTraceLimit
  // with --frozen-intrinsics it stays as it is
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return refuse()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}
