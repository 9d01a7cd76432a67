import fc from 'fast-check'
import { expect, it } from 'vitest'
import { id, makeId } from './ids.ts'

it('makes ids that sort by time and pass their own schema', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat({ max: 1e9 }),
      fc.uint8Array({ minLength: 10, maxLength: 10 }),
      (base, step, bytes) => {
        const early = makeId('ver', 1_600_000_000_000 + base, bytes)
        const late = makeId('ver', 1_600_000_000_000 + base + step + 1, new Uint8Array(10))
        expect(early < late).toBe(true)
        expect(early).toHaveLength(4 + 9 + 16)
        expect(id('model-version').safeParse(early).success).toBe(true)
      },
    ),
  )
})
