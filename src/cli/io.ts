/** What a command talks to: the process it runs in, or a test. */
export interface CommandIo {
  /** writes to the standard output */
  readonly out: (text: string) => void
  /** writes to the standard error */
  readonly err: (text: string) => void
  /** the folder that relative paths start from */
  readonly cwd: string
}
