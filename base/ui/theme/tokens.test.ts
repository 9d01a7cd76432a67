import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Theme = 'light' | 'dark'
const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const root = css.slice(0, css.indexOf('[data-theme'))
const highContrast = css.slice(css.indexOf('[data-contrast='), css.indexOf('@media'))

function tokensOf(block: string): Map<string, Record<Theme, string>> {
  const pairs = [...block.matchAll(/(--[\w-]+):\s*light-dark\((#\w+),\s*(#\w+)\)/g)]
  return new Map(pairs.map(([, name = '', light = '', dark = '']) => [name, { light, dark }]))
}

const tokens = tokensOf(root)

function colour(name: string, theme: Theme, over = tokens): string {
  const found = over.get(name) ?? tokens.get(name)
  if (found === undefined) throw new Error(`no token ${name}`)
  return found[theme]
}

/** Relative luminance and contrast as in WCAG 2.2. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const themes: Theme[] = ['light', 'dark']

describe.each(themes)('the %s theme', (theme) => {
  it.each(['--ink', '--ink-2', '--ink-3', '--water', '--ok', '--warn', '--bad', '--idle'])(
    '%s is readable on every surface',
    (ink) => {
      for (const ground of ['--surface', '--sunken', '--bg', '--hover']) {
        expect(contrast(colour(ink, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5)
      }
    },
  )
  it.each(['ok', 'warn', 'bad'])('%s reads on its own tint and its mark is visible', (state) => {
    expect(contrast(colour(`--${state}`, theme), colour(`--${state}-tint`, theme))).toBeGreaterThanOrEqual(4.8)
    expect(contrast(colour(`--${state}-mark`, theme), colour('--surface', theme))).toBeGreaterThanOrEqual(3)
  })
  it('marks idle things and the edges of text fields at 3:1', () => {
    expect(contrast(colour('--idle-mark', theme), colour('--surface', theme))).toBeGreaterThanOrEqual(3)
    expect(contrast(colour('--line-ctl', theme), colour('--surface', theme))).toBeGreaterThanOrEqual(3)
  })
  it('shows champion, canary and every run colour at 3:1 on the sheet', () => {
    const series = ['--champion', '--canary', '--shadow', ...Array.from({ length: 12 }, (_, i) => `--run-${i + 1}`)]
    for (const name of series)
      expect(contrast(colour(name, theme), colour('--surface', theme))).toBeGreaterThanOrEqual(3)
  })
  it('writes on champion and canary readably', () => {
    for (const ground of ['--champion', '--canary'])
      expect(contrast(colour('--on-series', theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5)
  })
  it('raises hairlines to 3:1 and labels to 7:1 in high contrast', () => {
    const raised = tokensOf(highContrast)
    expect(contrast(colour('--line', theme, raised), colour('--surface', theme))).toBeGreaterThanOrEqual(3)
    expect(contrast(colour('--ink-3', theme, raised), colour('--surface', theme))).toBeGreaterThanOrEqual(7)
  })
})

describe('literal colours', () => {
  it('stand in the tokens file and nowhere else in the theme', () => {
    for (const file of ['./base.css', './mantine.css']) {
      expect(readFileSync(new URL(file, import.meta.url), 'utf8')).not.toMatch(/#[\da-f]{3,8}\b|rgba?\(/i)
    }
  })
})
