import { useId, type FormEvent, type InputHTMLAttributes, type ReactNode } from 'react'
import type { Problem } from '../data/problem.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Mark } from './mark.tsx'

/** A line to type into, with its name above it and a hint below. */
export function Field({
  label,
  hint,
  mono = false,
  ...rest
}: { label: string; hint?: ReactNode; mono?: boolean } & InputHTMLAttributes<HTMLInputElement>) {
  const hintId = useId()
  return (
    <label className="asked">
      <span className="t12 i3">{label}</span>
      <input
        {...rest}
        className={mono ? 'field mono' : 'field'}
        aria-describedby={hint === undefined ? undefined : hintId}
      />
      {hint === undefined ? null : (
        <span className="t11 i3" id={hintId}>
          {hint}
        </span>
      )}
    </label>
  )
}

/** One of a few values. */
export function Choice({
  label,
  value,
  choices,
  onChange,
}: {
  label: string
  value: string
  choices: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
}) {
  return (
    <label className="asked">
      <span className="t12 i3">{label}</span>
      <select className="field" value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map(([each, says]) => (
          <option key={each} value={each}>
            {says}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Why an act was refused, where it was asked for. */
export function Refused({ problem }: { problem: Problem | null | undefined }) {
  if (problem === null || problem === undefined) return null
  return (
    <p className="row t12 bad" role="alert">
      <Mark state="bad" />
      {problem.message}
    </p>
  )
}

export interface FormDialogProps {
  opened: boolean
  title: string
  /** What the act does, in a sentence. */
  says?: ReactNode
  act: string
  keep: string
  /** False while something is missing. */
  ready?: boolean
  busy?: boolean
  problem?: Problem | null
  width?: number
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

/** Asks for a few values before an act. `Enter` sends it. */
export function FormDialog(props: FormDialogProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (props.ready !== false && props.busy !== true) props.onSubmit()
  }
  return (
    <Dialog opened={props.opened} onClose={props.onClose} label={props.title} width={props.width ?? 440}>
      <form className="confirm" onSubmit={submit}>
        <h2>{props.title}</h2>
        {props.says === undefined ? null : <p className="t12 i2">{props.says}</p>}
        {props.children}
        <Refused problem={props.problem} />
        <footer className="row">
          <Button type="submit" tone="primary" disabled={props.ready === false || props.busy === true}>
            {props.act}
          </Button>
          <Button onClick={props.onClose}>{props.keep}</Button>
          <span className="push">
            <kbd>Esc</kbd>
          </span>
        </footer>
      </form>
    </Dialog>
  )
}
