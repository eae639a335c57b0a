import { editAtOnce } from './editors.js'

const EDITORS = 20

console.log(
  `${EDITORS} editors open the same article of a json-server at the same moment. Then each adds one line, and saves.\n`,
)
const without = await editAtOnce(EDITORS, false)
const guarded = await editAtOnce(EDITORS, true)

const row = (...cells: (string | number)[]) =>
  cells.map((cell, index) => (index === 0 ? String(cell).padEnd(22) : String(cell).padStart(15))).join('')
console.log(row('', 'answered 200', 'answered 409', 'lines kept', 'lines lost'))
for (const [name, { saved, refused, kept }] of [
  ['json-server alone', without],
  ['behind ifMatch()', guarded],
] as const) {
  console.log(row(name, saved, refused, kept, saved - kept))
}

console.log(`
Alone, every editor was told "200 OK", and ${without.saved - without.kept} of the lines are gone: each save overwrote the ones before it.
Behind app.use(ifMatch()), a save that was built on an old state was answered 409 and changed nothing; its editor
read the article again, added the line to what the others had written, and saved. Lines lost: ${guarded.saved - guarded.kept}.`)
if (guarded.kept !== guarded.saved) process.exitCode = 1
