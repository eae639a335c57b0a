import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const noExportAll = [
  'error',
  {
    selector: 'ExportAllDeclaration',
    message: 'Name what is exported: `export { a, b } from …`. A reader finds it, and nothing leaks out.',
  },
]

/** In what is made for each request; measured, see docs/decisions/0021. */
const noLongLivedFunctions = [
  {
    selector: 'ObjectExpression > Property[kind=/^(get|set)$/]',
    message:
      'A class: V8 keeps an object with an accessor of its own, and all that it knows, until a major collection.',
  },
  {
    selector:
      'AssignmentExpression[left.type="MemberExpression"] > :function.right, AssignmentExpression[left.type="MemberExpression"] > TSAsExpression.right > :function',
    message:
      'Name it first: V8 makes a function that is assigned to a property an old one, and all that it knows.',
  },
]

export default defineConfig(
  globalIgnores([
    'dist/',
    'coverage/',
    'reports/',
    '.stryker-tmp/',
    'test/packaging/consumers/',
    'test/cli/.built/',
    'examples/orms/prisma-client/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/unified-signatures': 'off',
    },
  },
  {
    rules: {
      'max-lines': ['error', { max: 250 }],
      'no-restricted-syntax': noExportAll,
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['src/express/**/*.ts', 'src/claims/**/*.ts'],
    rules: { 'no-restricted-syntax': [...noExportAll, ...noLongLivedFunctions] },
  },
  {
    files: ['test/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-misused-promises': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
)
