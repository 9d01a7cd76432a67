import type { JSX } from 'react'

/** Drawn on a 16 px grid with a 1.5 px stroke. */
const DRAWINGS = {
  home: <path d="M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z" />,
  run: <path d="M2 13.5h12M3 11c2.5 0 3-7 5.5-7S11 8 13.5 8" />,
  dataset: (
    <>
      <ellipse cx="8" cy="3.8" rx="5.2" ry="2" />
      <path d="M2.8 3.8v8.4c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2V3.8M2.8 8c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2" />
    </>
  ),
  pipeline: (
    <>
      <rect x="1.8" y="6" width="4" height="4" rx="1" />
      <rect x="10.2" y="2.2" width="4" height="4" rx="1" />
      <rect x="10.2" y="9.8" width="4" height="4" rx="1" />
      <path d="M5.8 8H8V4.2h2.2M8 8v3.8h2.2" />
    </>
  ),
  study: (
    <>
      <path d="M2 3h1.4m3.2 0H14M2 8h7.4m3.2 0H14M2 13h3.4m3.2 0H14" />
      <circle cx="5" cy="3" r="1.6" />
      <circle cx="11" cy="8" r="1.6" />
      <circle cx="7" cy="13" r="1.6" />
    </>
  ),
  model: <path d="M8 1.8 13.6 5v6L8 14.2 2.4 11V5zM2.4 5 8 8.2 13.6 5M8 8.2v6" />,
  endpoint: (
    <>
      <path d="M2 8h4c3 0 3-4 6-4h2M6 8c3 0 3 4 6 4h2" />
      <path d="m12.4 2.4 1.6 1.6-1.6 1.6M12.4 10.4 14 12l-1.6 1.6" />
    </>
  ),
  monitor: <path d="M1.8 8h2.7l2-5 3 10 2-5h2.7" />,
  bell: <path d="M4 7a4 4 0 0 1 8 0c0 3.5 1.5 4.5 1.5 4.5h-11S4 10.5 4 7zM6.8 13.8a1.3 1.3 0 0 0 2.4 0" />,
  talk: <path d="M2.5 3h11v8H7l-3 2.8V11H2.5z" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  cross: <path d="m4 4 8 8M12 4l-8 8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  approval: (
    <>
      <circle cx="8" cy="4.2" r="2.2" />
      <path d="M8 6.4v3.1M3.5 12.5V11A1.5 1.5 0 0 1 5 9.5h6a1.5 1.5 0 0 1 1.5 1.5v1.5M2.5 12.5h11" />
    </>
  ),
  log: <path d="M3.5 2h9v12h-9zM6 5.2h4M6 8h4M6 10.8h2.5" />,
  card: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="1.5" />
      <path d="M4.5 6h4M4.5 8.5h7M4.5 10.8h5" />
    </>
  ),
  lineage: (
    <>
      <circle cx="3.5" cy="8" r="1.7" />
      <circle cx="12.5" cy="3.5" r="1.7" />
      <circle cx="12.5" cy="12.5" r="1.7" />
      <path d="M5 7.2 11 4.3M5 8.8l6 2.9" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="m10.3 10.3 3.4 3.4" />
    </>
  ),
  settings: (
    <>
      <circle cx="8" cy="8" r="2" />
      <path d="M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4" />
    </>
  ),
  link: (
    <path d="M6.5 9.5a2.5 2.5 0 0 0 3.6 0l2.2-2.2a2.5 2.5 0 0 0-3.6-3.6l-.7.7M9.5 6.5a2.5 2.5 0 0 0-3.6 0L3.7 8.7a2.5 2.5 0 0 0 3.6 3.6l.7-.7" />
  ),
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  right: <path d="m6.5 4.5 3.5 3.5-3.5 3.5" />,
  left: <path d="m9.5 4.5-3.5 3.5 3.5 3.5" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5.7" />
      <path d="M8 4.8V8l2.2 1.5" />
    </>
  ),
  pin: <path d="M6 2.5h4l-.5 4L12 9H4l2.5-2.5zM8 9v4.5" />,
  sort: <path d="M5 3v10M2.8 10.8 5 13l2.2-2.2M11 13V3M8.8 5.2 11 3l2.2 2.2" />,
  code: (
    <>
      <circle cx="4.5" cy="3.5" r="1.6" />
      <circle cx="4.5" cy="12.5" r="1.6" />
      <circle cx="11.5" cy="5.5" r="1.6" />
      <path d="M4.5 5.1v5.8M11.5 7.1c0 2.5-3 2.4-5.5 3.2" />
    </>
  ),
  file: <path d="M4 2h5l3 3v9H4zM9 2v3h3" />,
  person: (
    <>
      <circle cx="8" cy="5.5" r="2.5" />
      <path d="M3 13.5c.5-3 2.5-4 5-4s4.5 1 5 4" />
    </>
  ),
  full: <path d="M3 6V3h3M13 6V3h-3M3 10v3h3M13 10v3h-3" />,
  retry: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
      <path d="M3.5 10.5h-1v-8h8v1" />
    </>
  ),
  undo: <path d="M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3M3 6.5l3 3" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  prediction: <path d="M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z" />,
  filter: <path d="M2.5 3.5h11l-4 5v4l-3 1.2V8.5z" />,
  download: <path d="M8 2.5v8M4.5 7 8 10.5 11.5 7M3 13.5h10" />,
  shield: <path d="M8 1.8 13 3.6v4c0 3.2-2 5.4-5 6.6-3-1.2-5-3.4-5-6.6v-4z" />,
  scale: <path d="M8 2.5v11M4.5 13.5h7M3 4.5h10M3 4.5 1.5 9h3zM13 4.5 11.5 9h3z" />,
} satisfies Record<string, JSX.Element>

export type IconName = keyof typeof DRAWINGS

/** A line drawing in the colour of its text. Decorative: the word beside it carries the meaning. */
export function Icon({ name, size = 16 }: { name: IconName; size?: 12 | 14 | 16 | 20 }) {
  return (
    <svg className="ic" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {DRAWINGS[name]}
    </svg>
  )
}

/** The product's mark: a wheel over water. */
export function Logo() {
  return (
    <svg className="logo" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M16.6 6.7A7.5 7.5 0 1 0 17.5 10" stroke="var(--ink)" />
      <path d="M2.5 12.2c2.5 0 2.5-2 5-2s2.5 2 5 2 2.5-2 5-2" stroke="var(--water)" />
    </svg>
  )
}
