export { redisLedger } from './redis/ledger.js'
export type { RedisLedger } from './redis/ledger.js'
export type { RedisLedgerOptions } from './redis/options.js'
export type { RedisWait } from './redis/wait.js'
export type {
  IoRedisClient,
  NodeRedisClient,
  RedisClient,
  RedisCommandSender,
  ScriptParts,
} from './redis/client.js'
