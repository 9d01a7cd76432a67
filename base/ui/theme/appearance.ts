/** What a person chose; `system` follows the operating system. */
export type ThemeChoice = 'light' | 'dark' | 'system'
export interface Appearance {
  theme: ThemeChoice
  density: 'compact' | 'comfortable'
  contrast: 'normal' | 'high'
}

const KEY = 'millrace-appearance'
const DEFAULT: Appearance = { theme: 'system', density: 'compact', contrast: 'normal' }

/** Reads the saved appearance; anything unreadable counts as never saved. `?theme=` wins, so that a picture can be taken of either. */
export function loadAppearance(storage: Pick<Storage, 'getItem'>, search: string): Appearance {
  const saved = parse(storage.getItem(KEY))
  const asked = new URLSearchParams(search).get('theme')
  return asked === 'light' || asked === 'dark' ? { ...saved, theme: asked } : saved
}

export function saveAppearance(storage: Pick<Storage, 'setItem'>, appearance: Appearance): void {
  storage.setItem(KEY, JSON.stringify(appearance))
}

/** Writes the choice onto the document; the tokens do the rest. */
export function applyAppearance(root: HTMLElement, appearance: Appearance, systemIsDark: boolean): 'light' | 'dark' {
  const shown = appearance.theme === 'system' ? (systemIsDark ? 'dark' : 'light') : appearance.theme
  root.dataset['theme'] = shown
  root.dataset['mantineColorScheme'] = shown
  root.dataset['density'] = appearance.density
  root.dataset['contrast'] = appearance.contrast
  return shown
}

function parse(text: string | null): Appearance {
  if (text === null) return DEFAULT
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? pick(value) : DEFAULT
  } catch {
    return DEFAULT
  }
}

function pick(value: object): Appearance {
  const theme = 'theme' in value ? value.theme : undefined
  const density = 'density' in value ? value.density : undefined
  const contrast = 'contrast' in value ? value.contrast : undefined
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    density: density === 'comfortable' ? 'comfortable' : 'compact',
    contrast: contrast === 'high' ? 'high' : 'normal',
  }
}
