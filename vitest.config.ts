import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import ClosingLines from './test/support/reporter.js'

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** Subpaths and the sources behind them. Keep in step with `exports` in package.json and `paths` in tsconfig.json. */
export const alias = [
  { find: /^express-if-match$/, replacement: source('index.ts') },
  { find: /^express-if-match\/core$/, replacement: source('core/index.ts') },
  { find: /^express-if-match\/audit$/, replacement: source('audit/index.ts') },
  { find: /^express-if-match\/probe$/, replacement: source('probe/index.ts') },
  { find: /^express-if-match\/testing$/, replacement: source('testing/index.ts') },
  { find: /^express-if-match\/observe$/, replacement: source('observe/index.ts') },
  { find: /^express-if-match\/sqlite$/, replacement: source('stores/sqlite.ts') },
  { find: /^express-if-match\/postgres$/, replacement: source('stores/postgres.ts') },
  { find: /^express-if-match\/mysql$/, replacement: source('stores/mysql.ts') },
  { find: /^express-if-match\/redis$/, replacement: source('stores/redis.ts') },
  { find: /^express-if-match\/dynamodb$/, replacement: source('stores/dynamodb.ts') },
  { find: /^express-if-match\/client$/, replacement: source('client/index.ts') },
  { find: /^express-if-match\/client\/axios$/, replacement: source('client/axios.ts') },
  { find: /^express-if-match\/client\/tanstack-query$/, replacement: source('client/tanstack-query.ts') },
]

const NEVER = ['test/packaging/**', 'node_modules/**', '.stryker-tmp/**']
/** Several processes and dozens of clients each: by themselves, see vitest.load.config.ts. */
export const LOAD = ['test/faults/**/*.test.ts', 'test/races/shared-*.test.ts']

export default defineConfig({
  resolve: { alias },
  test: {
    globalSetup: ['test/support/find-servers.ts'],
    environment: 'node',
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    exclude: [...NEVER, ...LOAD],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new ClosingLines()],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'html'],
      thresholds: {
        'src/core/**': { branches: 100 },
        'src/!(core)/**': { lines: 90 },
        'src/index.ts': { lines: 90 },
      },
    },
  },
})
