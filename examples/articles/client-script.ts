import { buildSync } from 'esbuild'

/**
 * `express-if-match/client` as one file, for a page that has no bundler of its own. esbuild is there wherever tsx is,
 * which starts this server; a page with a build step imports the package instead.
 */
export function clientScript(): string {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `export { createClient } from 'express-if-match/client'`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  })
  return outputFiles.map(({ text }) => text).join('')
}
