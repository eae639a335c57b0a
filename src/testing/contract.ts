/** `true`, or the reason why the store does not have it: a gap is declared, never silent. */
export type Declared = true | string

/** What any store under test says of itself. */
export interface StoreSubject {
  /** how reports call it, `sqlite over libsql` */
  readonly name: string
  readonly capabilities: Readonly<Record<string, Declared>>
}

/** One rule of a store, as data: any runner can run it, none is needed. */
export interface ContractCase<Subject extends StoreSubject> {
  /** short and stable, `ledger/one-winner` */
  readonly id: string
  /** a store without one of these is not asked */
  readonly requires: readonly (keyof Subject['capabilities'] & string)[]
  /** rejects where the store breaks the rule; the cases of one contract run one after the other */
  run(subject: Subject): Promise<void>
}

/** A case with its store in it, as a runner wants it: `it(id, run)`. */
export interface RunnableCase {
  readonly id: string
  run(this: void): Promise<void>
}

export interface SkippedCase {
  readonly id: string
  /** which capability is missing, and why the store does not have it */
  readonly reason: string
}

/** The cases that this store must pass, and those that it cannot be asked. */
export function contractCases<Subject extends StoreSubject>(
  contract: readonly ContractCase<Subject>[],
  subject: Subject,
): { readonly runnable: readonly RunnableCase[]; readonly skipped: readonly SkippedCase[] } {
  const runnable: RunnableCase[] = []
  const skipped: SkippedCase[] = []
  for (const one of contract) {
    const reason = missing(one.requires, subject.capabilities)
    if (reason === undefined) runnable.push({ id: one.id, run: () => one.run(subject) })
    else skipped.push({ id: one.id, reason })
  }
  return { runnable, skipped }
}

function missing(
  requires: readonly string[],
  capabilities: StoreSubject['capabilities'],
): string | undefined {
  for (const name of requires) {
    const declared = capabilities[name] ?? 'not declared'
    if (declared !== true) return `${name}: ${declared}`
  }
  return undefined
}
