import { createTheme, MantineProvider } from '@mantine/core'
import {
  createContext,
  useContext,
  useLayoutEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { applyAppearance, loadAppearance, saveAppearance, type Appearance } from './appearance.ts'

const mantineTheme = createTheme({ respectReducedMotion: true, cursorType: 'default', defaultRadius: 'sm' })

export interface AppearanceControl {
  appearance: Appearance
  /** What is on the screen now: `system` already resolved. */
  shown: 'light' | 'dark'
  change: (next: Partial<Appearance>) => void
}

const AppearanceContext = createContext<AppearanceControl | null>(null)
const darkQuery = '(prefers-color-scheme: dark)'

function subscribeToSystem(notify: () => void): () => void {
  const query = matchMedia(darkQuery)
  query.addEventListener('change', notify)
  return () => query.removeEventListener('change', notify)
}

/** Light, dark, density and contrast for everything below; the choice is kept in this browser. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [appearance, setAppearance] = useState(() => loadAppearance(localStorage, location.search))
  const systemIsDark = useSyncExternalStore(subscribeToSystem, () => matchMedia(darkQuery).matches)
  const shown = appearance.theme === 'system' ? (systemIsDark ? 'dark' : 'light') : appearance.theme
  useLayoutEffect(() => {
    applyAppearance(document.documentElement, appearance, systemIsDark)
  }, [appearance, systemIsDark])
  const control = useMemo<AppearanceControl>(
    () => ({
      appearance,
      shown,
      change: (next) =>
        setAppearance((now) => {
          const changed = { ...now, ...next }
          saveAppearance(localStorage, changed)
          return changed
        }),
    }),
    [appearance, shown],
  )
  return (
    <AppearanceContext value={control}>
      <MantineProvider
        theme={mantineTheme}
        forceColorScheme={shown}
        withCssVariables={false}
        withGlobalClasses={false}
        withStaticClasses
      >
        {children}
      </MantineProvider>
    </AppearanceContext>
  )
}

/** The appearance in force and how to change it. */
export function useAppearance(): AppearanceControl {
  const control = useContext(AppearanceContext)
  if (control === null) throw new Error('useAppearance is used outside ThemeProvider')
  return control
}
