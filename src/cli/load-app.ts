import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Why an application could not be loaded, in words for whoever gave the command. */
export class LoadError extends Error {}

export interface LoadOptions {
  readonly cwd: string
  /** the name of the export to take; undefined for `default`, then `app` */
  readonly exported: string | undefined
  /** ms until the loading is given up: a module may await what never comes */
  readonly timeout: number
}

/** The application that a module exports, or that a function which it exports makes. */
export async function loadApp(file: string, options: LoadOptions): Promise<unknown> {
  const address = resolve(options.cwd, file)
  if (!existsSync(address)) throw new LoadError(`There is no file ${address}.`)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new LoadError(`${file} was not loaded within ${options.timeout} ms (--timeout).`))
    }, options.timeout)
  })
  try {
    return await Promise.race([load(address, file, options), late])
  } finally {
    clearTimeout(timer)
  }
}

async function load(address: string, file: string, { exported }: LoadOptions): Promise<unknown> {
  const names = exported === undefined ? ['default', 'app'] : [exported]
  const module = await attempt(`${file} could not be loaded`, () => importModule(address))
  // of a CommonJS module whose exports Node could not name, and of one compiled from ESM
  const places = [module, module['default'], membersOf(module['default'])['default']].map(membersOf)
  const found = names
    .flatMap((name) => places.map((place) => place[name]))
    .filter((value) => value !== undefined)
  const app = found.find(isApp) ?? found.find((value) => typeof value === 'function')
  if (isApp(app)) return app
  if (typeof app === 'function') {
    const result = await attempt(`${exported ?? 'the exported function'} of ${file} threw`, () =>
      (app as () => unknown)(),
    )
    if (isApp(result)) return result
    throw new LoadError(
      `The function ${exported ?? 'that'} ${file} exports gave no application of Express. It is called without arguments: export one that needs none.`,
    )
  }
  const others = [...new Set(places.flatMap((place) => Object.keys(place)))]
    .filter((name) => /^[\w$]{1,60}$/.test(name))
    .slice(0, 10)
  throw new LoadError(
    `${file} exports no application of Express as ${names.join(' or ')}. Name what makes it: --export createApp.${others.length > 0 ? ` It exports: ${others.join(', ')}.` : ''}`,
  )
}

function isApp(value: unknown): boolean {
  return typeof value === 'function' && typeof (value as { use?: unknown }).use === 'function'
}

/** A module's own members, or none: a function may be a namespace of exports as well (CommonJS). */
function membersOf(value: unknown): Record<string, unknown> {
  const has = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return has ? (value as Record<string, unknown>) : {}
}

async function attempt<T>(what: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof LoadError) throw error
    throw new LoadError(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
}

type Module = Record<string, unknown>

async function importModule(address: string): Promise<Module> {
  const url = pathToFileURL(address).href
  if (!/\.[cm]?tsx?$/.test(address)) return importUrl(url)
  const loader = typescriptLoader(address)
  if (loader !== undefined) {
    const { tsImport } = (await importUrl(pathToFileURL(loader).href)) as {
      tsImport: (specifier: string, parent: string) => Promise<Module>
    }
    return tsImport(url, url)
  }
  // this Node may know TypeScript by itself, or have been started with a loader
  return importUrl(url).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error
    throw new LoadError(
      `${address} is TypeScript, and nothing here can load that. Install tsx beside it (npm install --save-dev tsx), or name the compiled JavaScript.`,
    )
  })
}

/** The ES module of `tsx/esm/api`, as seen from the application; `require.resolve` would name its CommonJS build. */
function typescriptLoader(address: string): string | undefined {
  try {
    const manifest = createRequire(address).resolve('tsx/package.json')
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      exports?: { './esm/api'?: { import?: { default?: string } } }
    }
    const file = exports?.['./esm/api']?.import?.default
    return file === undefined ? undefined : resolve(dirname(manifest), file)
  } catch {
    return undefined
  }
}

/** The commands run as ES modules: `require` knows no ESM on every Node. */
function importUrl(url: string): Promise<Module> {
  return import(url) as Promise<Module>
}
