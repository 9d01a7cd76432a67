/** What a fuzzer chooses with: numbers between 0 and 1 from a seed. */
export type Random = () => number

export function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0]
}

const texts: readonly [string, ...string[]] = [
  '',
  ' ',
  '.',
  '..',
  '../../../../etc/passwd',
  '..\\..\\windows',
  '/etc/passwd',
  'file:///etc/passwd',
  'C:\\out',
  'a\u0000b',
  '\u0000',
  'a\r\nSet-Cookie: x=1\r\n\r\n<html>',
  'a\nb\n{"level":60,"msg":"forged"}',
  '\u2028\u2029\u202e\ufeff',
  '\u001b[31mred\u0007',
  '👩‍👩‍👧‍👦',
  'ß'.repeat(300),
  "'; drop table runs; --",
  '" or ""="',
  '`',
  '%s%n%x',
  '${jndi:ldap://127.0.0.1/a}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'NaN',
  'Infinity',
  '-0',
  '9223372036854775808',
  '1e400',
  'true',
  'null',
  '1970-01-01T00:00:00Z',
  'http://127.0.0.1:22/',
  'http://[::1]:1/',
  'https://user:password@/',
  'runs:/',
  'models:/m@',
  'models:/m/99999999999999999999',
  's3://',
  'mlflow-artifacts:/../../x',
  'dbfs:/x?../y#z',
  'eyJhIjoxfQ==',
  'WyIzIiwiMTc1IiwiMS41Il0',
  'metrics.a > 1 and',
  "metrics.`a < '1'",
  "attributes.start_time < 1e999 AND tags.x LIKE '%",
  'attributes.run_id IN ()',
  "attributes.run_id IN ('a'",
  'params."x" ILIKE \'%%%%%%\'',
  'min(metrics.loss) < 0.2 or not exists(tags.x) and (',
  'tags.x =~ "(a+)+$"',
  'tags.x matches /(a+)+$/',
  "tags.x RLIKE '((((((a+)+)+)+)+)+)$'",
  'metrics.a DESC, metrics.a DESC',
  'attribute.nothing asc nulls',
  '0 0 31 2 *',
  '* * * * * * * *',
]

/** A text that somebody may not have thought of. */
export function nastyText(random: Random): string {
  const at = random()
  if (at < 0.03) return 'a'.repeat(70_000)
  if (at < 0.06) return '('.repeat(3000) + 'a' + ')'.repeat(3000)
  if (at < 0.08) return 'not '.repeat(3000) + 'metrics.a > 1'
  if (at < 0.1) return 'tags.a = "b" and '.repeat(800) + 'tags.a = "b"'
  return pick(random, texts)
}

// As JSON's text, since some are no value of JavaScript.
const values: readonly [string, ...string[]] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e308',
  '-1e309',
  '1e-400',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775809',
  '123456789012345678901234567890123456789012345678901234567890',
  '0.1000000000000000055511151231257827021181583404541015625',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '{"":""}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":2,"toJSON":3,"then":4}',
  '{"length":1e9}',
  '[1,"a",null,{},[]]',
  String.raw`"\ud800"`,
  String.raw`"\udc00\ud800"`,
  String.raw`"\u0000"`,
  String.raw`{"\ud800":"\u0000"}`,
]

/** A value as JSON's text that does not fit, of any type. */
export function nastyJson(random: Random): string {
  const at = random()
  if (at < 0.35) return JSON.stringify(nastyText(random))
  if (at < 0.37) return '['.repeat(5000) + ']'.repeat(5000)
  if (at < 0.39) return '{"a":'.repeat(3000) + '1' + '}'.repeat(3000)
  if (at < 0.41) return `[${'0,'.repeat(20_000)}0]`
  if (at < 0.43) return `{${Array.from({ length: 5000 }, (_member, index) => `"k${index}":"v"`).join()}}`
  return pick(random, values)
}
