import { describe, expect, it } from 'vitest'
import { loadAppearance, saveAppearance } from './appearance.ts'

const storageWith = (text: string | null) => ({ getItem: () => text })

describe('the saved appearance', () => {
  it('is the system’s, compact and of normal contrast when nothing was saved', () => {
    expect(loadAppearance(storageWith(null), '')).toEqual({ theme: 'system', density: 'compact', contrast: 'normal' })
  })
  it('comes back as it was saved', () => {
    let kept = ''
    saveAppearance({ setItem: (_, text) => (kept = text) }, { theme: 'dark', density: 'comfortable', contrast: 'high' })
    expect(loadAppearance(storageWith(kept), '')).toEqual({ theme: 'dark', density: 'comfortable', contrast: 'high' })
  })
  it('gives way to the theme in the address', () => {
    expect(loadAppearance(storageWith('{"theme":"dark"}'), '?theme=light').theme).toBe('light')
  })
  it.each(['{', '7', 'null', '{"theme":"pink","density":3}'])('treats %s as never saved', (text) => {
    expect(loadAppearance(storageWith(text), '')).toEqual({ theme: 'system', density: 'compact', contrast: 'normal' })
  })
})
