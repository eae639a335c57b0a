import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export interface Bundling {
  readonly platform: 'node' | 'browser'
  /** with what the package depends on */
  readonly dependencies: boolean
}

/** KB of an entry, bundled, minified and gzipped. */
export async function bundledKb(entry: string, { platform, dependencies }: Bundling): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    target: 'es2022',
    packages: dependencies ? 'bundle' : 'external',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`${entry} gave no bundle`)
  return gzipSync(file.contents, { level: 9 }).length / 1024
}
