// Many clients change one resource at once. Prints what each way to wait cost them, as the table of docs/client.md.
import type { Burst } from './hot-key/burst.js'
import { bursts, stores } from './hot-key/bursts.js'
import { plainLoops, updating } from './hot-key/strategies.js'
import { quantile, spread } from './pairs.js'

const CLIENTS = Number(process.env.CLIENTS ?? 64)
const ROUNDS = Number(process.env.ROUNDS ?? 9)

const strategies = { ...plainLoops, '**`update` as it is**': updating() }

const median = (figures: readonly number[]) => Math.round(spread(figures).median)

for (const store of stores) {
  const seen = await bursts(store, strategies, { clients: CLIENTS, rounds: ROUNDS })
  console.log(
    `\n| ${CLIENTS} clients, ${store}, ${ROUNDS} rounds | counted | tries in vain | unluckiest | p50, ms | p99, ms | last, ms |`,
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const [name, rounds] of Object.entries(seen)) {
    const of = (figure: (one: Burst) => number) => median(rounds.map(figure))
    const ms = (share: number) =>
      of(({ ended }) =>
        quantile(
          ended.map((one) => one.ms),
          share,
        ),
      )
    const counted = Math.min(...rounds.map((one) => Math.min(one.counted, one.ended.length)))
    const vain = of(({ ended }) => ended.reduce((sum, { tries }) => sum + tries - 1, 0))
    const unluckiest = of(({ ended }) => Math.max(...ended.map(({ tries }) => tries)))
    console.log(
      `| ${name} | ${counted} | ${vain} | ${unluckiest} tries | ${ms(0.5)} | ${ms(0.99)} | ${of(({ took }) => took)} |`,
    )
  }
}
process.exit(0)
