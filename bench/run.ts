// `npm run bench` measures everything and writes RESULTS.md. `npm run bench -- name …` measures those sections and prints
// them only; with `--write` it puts them in the places of their older figures there. On a machine that does nothing else.
import { sections } from './sections/index.js'
import { amendResults, writeResults } from './results.js'
import { tableOf, type Row } from './rows.js'

const asked = process.argv.slice(2).filter((argument) => argument !== '--write')
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
if (asked.length === 0) await writeResults(rows)
else if (process.argv.includes('--write')) await amendResults(rows, asked)
process.exit(0)
