import { useEffect, useRef, type ReactNode } from 'react'

export interface DialogProps {
  opened: boolean
  onClose: () => void
  /** What it is, for those who do not see it. */
  label: string
  width: number
  /** At the top third instead of the middle: the palette. */
  high?: boolean
  /** Along the right edge, as high as the window, with the page beside it still in use. */
  side?: boolean
  /** Cannot be dismissed: nothing behind it would work. */
  stays?: boolean
  children: ReactNode
}

/** A native modal dialog: the browser keeps the focus inside, gives it back afterwards, and closes it with Esc. What carries `data-autofocus` gets the focus. */
export function Dialog({
  opened,
  onClose,
  label,
  width,
  high = false,
  side = false,
  stays = false,
  children,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element === null) return undefined
    if (opened && !element.open) {
      if (side) element.show()
      else element.showModal()
      element.querySelector<HTMLElement>('[data-autofocus]:not([data-autofocus="false"])')?.focus()
    }
    if (!opened && element.open) element.close()
    // A click on the dialog itself is one on its backdrop: the content fills it.
    const close = (event: MouseEvent) => {
      if (event.target === element && !stays) onClose()
    }
    element.addEventListener('click', close)
    return () => element.removeEventListener('click', close)
  }, [opened, onClose, side, stays])
  // Browsers close a dialog at the second Esc, whatever was said at the first.
  const closed = () => {
    if (!opened) return
    if (stays) dialog.current?.showModal()
    else onClose()
  }
  return (
    <dialog
      ref={dialog}
      className={side ? 'dialog side-sheet' : high ? 'dialog high' : 'dialog'}
      aria-label={label}
      onClose={closed}
      onKeyDown={side ? (event) => event.key === 'Escape' && onClose() : undefined}
      onCancel={stays ? (event) => event.preventDefault() : undefined}
      style={{ width }}
    >
      {opened ? <div className="dialog-body">{children}</div> : null}
    </dialog>
  )
}
