type Wrap<A> = <T>() => T extends A ? 1 : 2

/** The very same type, not merely one that can be assigned. */
type Equal<A, B> = Wrap<A> extends Wrap<B> ? true : false

/** Compiles only where the two types are the same: `exactly<typeof id, string>(true)`. */
export declare function exactly<A, B>(holds: Equal<A, B>): void
