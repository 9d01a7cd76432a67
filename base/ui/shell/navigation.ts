import type { IconName } from '../parts/icon.tsx'

/** One place in the side bar. `keys` is its shortcut. */
export interface NavPlace {
  name: string
  to: string
  icon: IconName
  keys?: string
  count?: { value: number; tone: 'plain' | 'due' | 'hot' }
}

export interface NavGroup {
  title: string | null
  places: readonly NavPlace[]
}

/** Whether a place holds the page at `path`: itself or anything below it. */
export function holds(place: NavPlace, path: string): boolean {
  return place.to === '/' ? path === '/' || path === '' : path === place.to || path.startsWith(`${place.to}/`)
}
