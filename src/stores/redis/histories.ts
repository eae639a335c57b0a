/** As many as a cluster may have nodes, and then some. One that is dropped is asked for once more. */
const MOST = 1000

/**
 * The streams of writes in which this process has worked: by one that is not among them the script sees that a server
 * was restarted in this process's time, and has forgotten who held a claim.
 */
export class Histories {
  readonly #names = new Set<string>()
  /** all of them, for every step asks */
  #text = ''
  #first: number | undefined

  /** what the script is told: the names, and ms since the first of them */
  get told(): [names: string, age: string] {
    const age = this.#first === undefined ? 0 : Math.ceil(performance.now() - this.#first)
    return [this.#text, String(age)]
  }

  add(name: string): void {
    if (name === '' || this.#names.has(name)) return
    this.#first ??= performance.now()
    const [oldest] = this.#names
    if (this.#names.size === MOST && oldest !== undefined) this.#names.delete(oldest)
    this.#names.add(name)
    this.#text = [...this.#names].join(' ')
  }
}
