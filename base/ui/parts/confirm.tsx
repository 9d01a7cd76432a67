import { useState, type FormEvent, type ReactNode } from 'react'
import type { Problem } from '../data/problem.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Mark } from './mark.tsx'

export interface ConfirmProps {
  opened: boolean
  title: string
  /** The effect in numbers. */
  children: ReactNode
  /** Says the act: "Roll back". */
  act: string
  /** Says what stays: "Keep v13". */
  keep: string
  destructive?: boolean
  /** Must be typed before the act is possible: the version, for traffic and promotion on tier 1. */
  typed?: string
  /** Asks for a reason; `required` refuses an empty one. */
  reason?: 'required' | 'optional'
  busy?: boolean
  problem?: Problem | null
  onConfirm: (reason: string) => void
  onClose: () => void
}

/** Asks before an act that cannot be undone. `Enter` confirms only what destroys nothing. */
export function Confirm(props: ConfirmProps) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} label={props.title} width={440}>
      <ConfirmBody {...props} />
    </Dialog>
  )
}

function ConfirmBody(props: ConfirmProps) {
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const allowed =
    (props.typed === undefined || typed === props.typed) && (props.reason !== 'required' || reason.trim() !== '')
  const destructive = props.destructive === true
  const confirm = () => {
    if (allowed && props.busy !== true) props.onConfirm(reason.trim())
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!destructive) confirm()
  }
  return (
    <form className="confirm" onSubmit={submit}>
      <h2>{props.title}</h2>
      <div className="t12 i2">{props.children}</div>
      {props.typed === undefined ? null : (
        <Asked mono value={typed} onChange={setTyped}>
          Type <b className="mono">{props.typed}</b> to go on
        </Asked>
      )}
      {props.reason === undefined ? null : (
        <Asked value={reason} onChange={setReason}>
          {props.reason === 'required' ? 'Reason, kept with the act' : 'Reason, if there is one to keep'}
        </Asked>
      )}
      {props.problem ? <Refusal problem={props.problem} /> : null}
      <footer className="row">
        <Button
          type={destructive ? 'button' : 'submit'}
          className={destructive ? 'destructive' : ''}
          tone={destructive ? 'danger' : 'primary'}
          disabled={!allowed || props.busy === true}
          onClick={destructive ? confirm : undefined}
        >
          {props.busy === true ? 'Moving…' : props.act}
        </Button>
        <Button onClick={props.onClose} data-autofocus={destructive}>
          {props.keep}
        </Button>
        <span className="push">
          <kbd>Esc</kbd>
        </span>
      </footer>
    </form>
  )
}

function Asked(props: { mono?: boolean; value: string; onChange: (value: string) => void; children: ReactNode }) {
  return (
    <label>
      <span className="t12 i3">{props.children}</span>
      <input
        className={props.mono === true ? 'field mono' : 'field'}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        autoComplete="off"
        data-autofocus
      />
    </label>
  )
}

function Refusal({ problem }: { problem: Problem }) {
  return (
    <p className="row t12 bad" role="alert">
      <Mark state="bad" />
      {problem.message}
    </p>
  )
}
