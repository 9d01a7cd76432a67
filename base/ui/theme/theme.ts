import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './mantine.css'
import './tokens.css'
import './base.css'

export { type Appearance, type ThemeChoice } from './appearance.ts'
export { tokenReader, withOpacity } from './read-token.ts'
export { ThemeProvider, useAppearance, type AppearanceControl } from './theme-provider.tsx'
