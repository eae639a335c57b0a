import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The folders of what a package needs to run, its dependencies' own dependencies included; not its own. */
export function installedBy(folder: string, seen = new Set<string>()): ReadonlySet<string> {
  const { dependencies = {} } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as Manifest
  for (const name of Object.keys(dependencies)) {
    const found = folderOf(name, folder)
    if (seen.has(found)) continue
    seen.add(found)
    installedBy(found, seen)
  }
  return seen
}

/** As Node finds it: the next node_modules upwards that has it. */
function folderOf(name: string, from: string): string {
  const found = path.join(from, 'node_modules', name)
  if (existsSync(path.join(found, 'package.json'))) return found
  const above = path.dirname(from)
  if (above === from) throw new Error(`${name} is not installed`)
  return folderOf(name, above)
}
