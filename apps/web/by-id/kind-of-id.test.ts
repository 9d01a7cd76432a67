import { describe, expect, it } from 'vitest'
import { kindOfId } from './kind-of-id.ts'

describe('what an id names', () => {
  it.each([
    ['pred_01JB.3', 'prediction'],
    ['ver_abc123', 'model-version'],
    ['0123456789abcdef0123456789abcdef', 'run'],
    ['hello', null],
    ['zzz_1', null],
  ])('%s is %s', (id, kind) => expect(kindOfId(id)).toBe(kind))
})
