import { useEffect, useRef, type ReactNode } from 'react'

export interface DialogProps {
  opened: boolean
  onClose: () => void
  /** What it is, for those who do not see it. */
  label: string
  width: number
  /** At the top third instead of the middle: the palette. */
  high?: boolean
  children: ReactNode
}

/** A native modal dialog: the browser keeps the focus inside, gives it back afterwards, and closes it with Esc. What carries `data-autofocus` gets the focus. */
export function Dialog({ opened, onClose, label, width, high = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element === null) return undefined
    if (opened && !element.open) {
      element.showModal()
      element.querySelector<HTMLElement>('[data-autofocus]:not([data-autofocus="false"])')?.focus()
    }
    if (!opened && element.open) element.close()
    // A click on the dialog itself is one on its backdrop: the content fills it.
    const close = (event: MouseEvent) => {
      if (event.target === element) onClose()
    }
    element.addEventListener('click', close)
    return () => element.removeEventListener('click', close)
  }, [opened, onClose])
  return (
    <dialog
      ref={dialog}
      className={high ? 'dialog high' : 'dialog'}
      aria-label={label}
      onClose={onClose}
      style={{ width }}
    >
      {opened ? <div className="dialog-body">{children}</div> : null}
    </dialog>
  )
}
