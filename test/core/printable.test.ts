import { describe, expect, it } from 'vitest'
import { printable } from '../../src/core/printable.js'

describe('printable', () => {
  it('leaves what a terminal shows', () => {
    for (const text of ['PUT /articles/:id', 'é ключ 鍵 🔑', '']) expect(printable(text)).toBe(text)
  })

  it('has a dot for what moves the cursor, colours, reverses, or begins a line', () => {
    for (const character of ['\x1b', '\n', '\r', '\0', '\u009b', '\u202e', '\u200b', '\u2028', '\u2029'])
      expect(printable(`a${character}[31m${character}b`)).toBe('a·[31m·b')
  })
})
