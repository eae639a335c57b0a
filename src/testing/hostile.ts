/** Texts that mean something to some store, and must be nothing but text. None holds NUL, which PostgreSQL has no room for. */
export const HOSTILE_TEXTS: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  "a' OR 1=1 --",
  "'; DROP TABLE articles; --",
  '"quoted" `back` [square]',
  '%_*?[a-z]',
  '\\\\ \\n ${x} {{x}} $1 :id @id ?',
  'line\nbreak\r\ttab',
  '{"$ne":null}',
  '../../etc/passwd',
  'ключ 鍵 🔑 \u202e',
  '\uffff\ufeff',
  'long-'.padEnd(2000, 'x'),
]

/** Texts that a collation, a trimming column or a number may take for one another. */
export const LOOKALIKES: readonly string[] = [
  'key',
  'KEY',
  'Key',
  'key ',
  ' key',
  'key\t',
  'kéy',
  // the same letter, as two code points
  'ke\u0301y',
  'ｋｅｙ',
  'straße',
  'strasse',
  '42',
  '042',
  '42.0',
  '4.2e1',
  ' 42',
  'long-'.padEnd(1999, 'x') + 'y',
  'long-'.padEnd(1999, 'x') + 'z',
]
