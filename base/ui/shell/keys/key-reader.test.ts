import { describe, expect, it } from 'vitest'
import { createKeyReader, type KeyPress } from './key-reader.ts'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
})
const shortcut = (keys: string) => ({ keys, says: keys, act: () => {} })

describe('keys', () => {
  it('reads a sequence pressed within a second', () => {
    const reader = createKeyReader(() => [shortcut('g h')])
    expect(reader.read(press('g'), false, 0)).toBeNull()
    expect(reader.read(press('h'), false, 900)?.keys).toBe('g h')
  })
  it('forgets the first key after a second', () => {
    const reader = createKeyReader(() => [shortcut('g h')])
    reader.read(press('g'), false, 0)
    expect(reader.read(press('h'), false, 1_100)).toBeNull()
  })
  it('takes ⌘ for Ctrl, and hears it while someone types', () => {
    const reader = createKeyReader(() => [shortcut('Ctrl K'), shortcut('?')])
    expect(reader.read(press('k', { metaKey: true }), true, 0)?.keys).toBe('Ctrl K')
    expect(reader.read(press('?'), true, 0)).toBeNull()
    expect(reader.read(press('?'), false, 0)?.keys).toBe('?')
  })
  it('reads Alt with arrows', () => {
    const reader = createKeyReader(() => [shortcut('Alt →')])
    expect(reader.read(press('ArrowRight', { altKey: true }), false, 0)?.keys).toBe('Alt →')
  })
})
