import { AppLink } from '../shell/address/app-link.tsx'
import { Icon, type IconName } from './icon.tsx'

/** A sentence with strong words and links. */
export type Sentence = readonly (string | { text: string; to?: string; strong?: boolean; mono?: boolean })[]

/** Writes a sentence. */
export function Words({ children }: { children: Sentence }) {
  return children.map((part, at) => {
    if (typeof part === 'string') return part
    const look = [part.strong === true ? 'b' : '', part.mono === true ? 'mono' : ''].filter(Boolean).join(' ')
    if (part.to !== undefined) {
      return (
        <AppLink key={at} className={`link in-text ${look}`} to={part.to}>
          {part.text}
        </AppLink>
      )
    }
    return (
      <span key={at} className={look}>
        {part.text}
      </span>
    )
  })
}

/** A reference to something: its glyph and its name. */
export function Ref({
  icon,
  name,
  to,
  mono = false,
}: {
  icon: IconName
  name: string
  to: string | null
  mono?: boolean
}) {
  const inside = (
    <>
      <Icon name={icon} size={14} />
      <span className={mono ? 'mono ell' : 'ell'}>{name}</span>
    </>
  )
  if (to === null) return <span className="ref">{inside}</span>
  return (
    <AppLink className="ref" to={to} title={name}>
      {inside}
    </AppLink>
  )
}
