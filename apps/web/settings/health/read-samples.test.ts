import { expect, it } from 'vitest'
import { readSamples, sumOf } from './read-samples.ts'

const text = '# HELP x y\nx{state="dead"} 2\nx{state="pending"} 3\nmemory_bytes 1.5e+06\n'

it('reads figures with and without labels', () => {
  const samples = readSamples(text)
  expect(sumOf(samples, 'x')).toBe(5)
  expect(sumOf(samples, 'x', 'state="dead"')).toBe(2)
  expect(sumOf(samples, 'memory_bytes')).toBe(1_500_000)
  expect(sumOf(samples, 'none')).toBe(0)
})
