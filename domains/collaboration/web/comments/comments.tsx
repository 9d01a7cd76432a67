import type { Comment } from '@millrace/collaboration/contract'
import { useAct, useLoad, type Loading } from '@millrace/ui/data'
import { Markdown } from '@millrace/ui/markdown'
import { Ago, Avatar, Button, Loaded, toast } from '@millrace/ui/parts'
import { useState } from 'react'
import { CommentBox } from './comment-box.tsx'
import { loadPeople } from './load-comments.ts'
import type { Account } from './mentions.ts'
import type { Subject } from './subject-of-path.ts'

const nobody: { me: string; accounts: readonly Account[] } = { me: '', accounts: [] }

/** What was said about a thing, and a box to say more. */
export default function Comments({ query, subject }: { query: Loading<readonly Comment[]>; subject: Subject }) {
  const people = useLoad({ key: ['people'], load: loadPeople }).data ?? nobody
  const [answered, setAnswered] = useState<Comment | null>(null)
  const remove = useDelete()
  return (
    <div className="talk">
      <Loaded query={query} rows={4}>
        {(comments) =>
          comments.length === 0 ? (
            <p className="talk-none i3 t12">Nothing was said yet. Name somebody with @ and they hear of it.</p>
          ) : (
            <ol>
              {comments.map((comment) => (
                <Said
                  key={comment.id}
                  comment={comment}
                  answers={comments.find(({ id }) => id === comment.inReplyTo)}
                  mine={comment.createdBy.id === people.me}
                  accounts={people.accounts}
                  subject={subject}
                  onAnswer={() => setAnswered(comment)}
                  onDelete={() => remove(comment)}
                />
              ))}
            </ol>
          )
        }
      </Loaded>
      <CommentBox
        key={answered?.id ?? 'new'}
        subject={subject}
        accounts={people.accounts}
        answered={answered}
        onDone={() => setAnswered(null)}
      />
    </div>
  )
}

interface SaidProps {
  comment: Comment
  answers: Comment | undefined
  mine: boolean
  accounts: readonly Account[]
  subject: Subject
  onAnswer: () => void
  onDelete: () => void
}

function Said({ comment, answers, mine, accounts, subject, onAnswer, onDelete }: SaidProps) {
  const [editing, setEditing] = useState(false)
  return (
    <li className={answers === undefined ? undefined : 'answer'}>
      <header className="row t12">
        <Avatar name={comment.createdBy.name} small />
        <b className="b ell">{comment.createdBy.name}</b>
        <span className="i3">
          {answers === undefined ? null : `to ${answers.createdBy.name} · `}
          <Ago atMs={comment.createdAtMs} />
          {comment.editedAtMs === null ? null : ', edited'}
        </span>
      </header>
      {editing ? (
        <CommentBox
          subject={subject}
          accounts={accounts}
          edited={comment}
          answered={null}
          onDone={() => setEditing(false)}
        />
      ) : (
        <Markdown text={comment.text} />
      )}
      <footer className="row">
        <Button small tone="quiet" onClick={onAnswer}>
          Answer
        </Button>
        {mine ? (
          <>
            <Button small tone="quiet" onClick={() => setEditing(true)}>
              Edit
            </Button>
            <Button small tone="quiet" onClick={onDelete}>
              Delete
            </Button>
          </>
        ) : null}
      </footer>
    </li>
  )
}

/** Deletes at once; undone, the same words are said again. */
function useDelete(): (comment: Comment) => void {
  const remove = useAct((api, { id }: Comment) => api.delete(`comments/${encodeURIComponent(id)}`))
  const again = useAct((api, { on, text, mentions, inReplyTo }: Comment) =>
    api.post('comments', { on, text, mentions, ...(inReplyTo === null ? {} : { inReplyTo }) }),
  )
  return (comment) =>
    remove.mutate(comment, {
      onSuccess: () => toast('Comment deleted', () => again.mutate(comment)),
      onError: (problem) => toast(problem.message),
    })
}
