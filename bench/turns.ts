/** The next of several, each time it is asked: in another order each time round, so that not always the same two are compared. */
export function takingTurns<Side>(sides: readonly Side[]): () => Side {
  let turns = 0
  return () => sides[(turns + Math.floor(turns++ / sides.length)) % sides.length]!
}
