import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** One `primary` a page at most; `danger` is red text until the confirm. */
  tone?: 'plain' | 'primary' | 'quiet' | 'danger'
  small?: boolean
  icon?: IconName
  keys?: readonly string[]
  children?: ReactNode
}

/** Says the act it does. Without children its `aria-label` is its name and tooltip. */
export function Button({
  tone = 'plain',
  small = false,
  icon,
  keys,
  children,
  className = '',
  type = 'button',
  ...rest
}: ButtonProps) {
  const look = ['btn', tone, small ? 'sm' : '', children === undefined ? 'square' : '', className]
    .filter(Boolean)
    .join(' ')
  return (
    <button {...rest} type={type} className={look} title={rest.title ?? rest['aria-label']}>
      {icon === undefined ? null : <Icon name={icon} size={14} />}
      {children}
      {keys?.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </button>
  )
}

/** A few exclusive choices in a row. */
export function Segmented<Choice extends string>(props: {
  label: string
  choices: readonly (readonly [value: Choice, label: string])[]
  value: Choice
  onChange: (value: Choice) => void
  small?: boolean
}) {
  return (
    <div className={props.small === true ? 'seg sm' : 'seg'} role="radiogroup" aria-label={props.label}>
      {props.choices.map(([value, label]) => (
        <button
          key={value}
          type="button"
          role="radio"
          aria-checked={value === props.value}
          onClick={() => props.onChange(value)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}

/** Keys to press, as caps. */
export function Keys({ keys }: { keys: readonly string[] }) {
  return (
    <span className="keys">
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  )
}
