// `npm run bench` measures everything and writes RESULTS.md. `npm run bench -- name …` measures those sections and prints
// them only; with `--write` it writes them, and says which were not measured. On a machine that does nothing else.
import { sections } from './sections/index.js'
import { writeResults } from './results.js'
import { tableOf, type Row } from './rows.js'

const asked = process.argv.slice(2).filter((argument) => argument !== '--write')
const writes = asked.length === 0 || process.argv.includes('--write')
const unknown = asked.find((name) => !(name in sections))
if (unknown !== undefined) {
  console.error(`no section ${JSON.stringify(unknown)}; there are ${Object.keys(sections).join(', ')}`)
  process.exit(2)
}

const rows: Row[] = []
for (const [name, section] of Object.entries(sections)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const began = performance.now()
  console.error(`${name} …`)
  rows.push(...(await section()))
  console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
}
console.log(tableOf(rows))
const left = asked.length === 0 ? [] : Object.keys(sections).filter((name) => !asked.includes(name))
if (writes) await writeResults(rows, left)
process.exit(0)
