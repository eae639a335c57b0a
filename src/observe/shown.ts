/** The longest text of a client's that a report keeps. */
export const LONGEST = 80

/**
 * A text that clients have a say in, as a report keeps and shows it: short, on one line, without what a terminal
 * would obey. A copy: a part of a long text would keep the whole of it in memory.
 */
export function shown(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
  return Buffer.from(cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')).toString()
}
