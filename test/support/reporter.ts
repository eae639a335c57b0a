import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one line for each thing that this machine lacks, and the counts alone on the last line. */
export default class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    const notes = new Set<string>()
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const result = test.result()
        count[result.state] += 1
        if (result.state === 'skipped' && result.note?.startsWith('not run here: ')) notes.add(result.note)
      }
    }
    const lines = [...notes].sort()
    // After the built-in reporter's own summary, whatever order the two are told in.
    process.once('exit', () => {
      const closing = `${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`
      process.stdout.write([...lines, closing].join('\n') + '\n')
    })
  }
}
