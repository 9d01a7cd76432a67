import type { Comment } from '@millrace/collaboration/contract'
import { useAct } from '@millrace/ui/data'
import { Button, Refused } from '@millrace/ui/parts'
import { useId, useRef, useState, type FormEvent, type KeyboardEvent } from 'react'
import { mentionsIn, typedMention, type Account } from './mentions.ts'
import type { Subject } from './subject-of-path.ts'

const OFFERED = 6

export interface CommentBoxProps {
  subject: Subject
  accounts: readonly Account[]
  answered: Comment | null
  edited?: Comment
  onDone: () => void
}

/** A box for a comment in Markdown. `@` offers names; `Ctrl Enter` sends. */
export function CommentBox({ subject, accounts, answered, edited, onDone }: CommentBoxProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(edited?.text ?? '')
  const [cursor, setCursor] = useState(0)
  const send = useSend({ subject, accounts, answered, edited: edited ?? null })
  const offers = offersFor(text, cursor, accounts)
  const labelId = useId()
  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (text.trim() === '' || send.isPending) return
    send.mutate(text.trim(), {
      onSuccess: () => {
        setText('')
        onDone()
      },
    })
  }
  const take = (account: Account) => {
    const typed = typedMention(text, cursor)
    if (typed === null) return
    const next = `${text.slice(0, typed.from)}@${account.name} ${text.slice(cursor)}`
    setText(next)
    setCursor(typed.from + account.name.length + 2)
    area.current?.focus()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit()
    else if (event.key === 'Tab' && offers[0] !== undefined) {
      event.preventDefault()
      take(offers[0])
    }
  }
  return (
    <form className="comment-box" onSubmit={submit}>
      <label className="t12 i3" id={labelId} htmlFor={`${labelId}-text`}>
        {answered === null
          ? edited === undefined
            ? 'Say something'
            : 'Change it'
          : `Answer ${answered.createdBy.name}`}
      </label>
      <textarea
        id={`${labelId}-text`}
        ref={area}
        className="field"
        rows={3}
        maxLength={20_000}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setCursor(event.target.selectionStart)
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
        onKeyDown={onKey}
        data-autofocus={edited === undefined}
      />
      {offers.length === 0 ? null : (
        <ul className="offers" aria-label="Accounts to mention">
          {offers.map((account) => (
            <li key={account.id}>
              <Button small tone="quiet" onClick={() => take(account)}>
                @{account.name}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Refused problem={send.error} />
      <footer className="row">
        <Button type="submit" small tone="primary" disabled={text.trim() === '' || send.isPending}>
          {edited === undefined ? 'Comment' : 'Change'}
        </Button>
        {answered === null && edited === undefined ? null : (
          <Button small onClick={onDone}>
            Leave it
          </Button>
        )}
        <span className="push i3 t11">
          Markdown · <kbd>Ctrl</kbd> <kbd>↵</kbd>
        </span>
      </footer>
    </form>
  )
}

function offersFor(text: string, cursor: number, accounts: readonly Account[]): readonly Account[] {
  const typed = typedMention(text, cursor)
  if (typed === null) return []
  const wanted = typed.typed.toLowerCase()
  return accounts
    .filter(({ name }) => name.toLowerCase().startsWith(wanted) && name.length > wanted.length)
    .slice(0, OFFERED)
}

interface SendDeps {
  subject: Subject
  accounts: readonly Account[]
  answered: Comment | null
  edited: Comment | null
}

function useSend({ subject, accounts, answered, edited }: SendDeps) {
  return useAct((api, text: string) => {
    const mentions = mentionsIn(text, accounts)
    if (edited !== null) return api.patch(`comments/${encodeURIComponent(edited.id)}`, { text, mentions })
    const reply = answered === null ? {} : { inReplyTo: answered.id }
    return api.post('comments', { on: subject, text, mentions, ...reply })
  })
}
