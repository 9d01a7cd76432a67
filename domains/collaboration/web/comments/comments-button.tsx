import { useLoad } from '@millrace/ui/data'
import { Button, Dialog, Icon } from '@millrace/ui/parts'
import { useShortcuts } from '@millrace/ui/shell'
import { lazy, Suspense, useMemo, useState } from 'react'
import { loadComments } from './load-comments.ts'
import type { Subject } from './subject-of-path.ts'
import './comments.css'

const topics = ['collaboration.comment']
const Comments = lazy(() => import('./comments.tsx'))

/** Opens what was said about the thing on the page; `n` does, too. */
export function CommentsButton({ subject }: { subject: Subject }) {
  const [opened, setOpened] = useState(() => new URLSearchParams(location.search).has('talk'))
  const query = useLoad({
    key: ['comments', subject.kind, subject.id],
    load: (api, signal) => loadComments(api, subject, signal),
    topics,
  })
  useShortcuts(useMemo(() => [{ keys: 'n', says: 'Comments on this page', act: () => setOpened(true) }], []))
  const many = query.data?.length ?? 0
  return (
    <>
      <button type="button" className="btn quiet tool" title="Comments  n" onClick={() => setOpened(true)}>
        <Icon name="talk" size={14} />
        <span className="sr-only">Comments</span>
        {many === 0 ? null : <span className="num t12">{many}</span>}
      </button>
      <Dialog opened={opened} onClose={() => setOpened(false)} label="Comments" width={420} side>
        <header className="row talk-head">
          <h2 className="sb">Comments</h2>
          <span className="i3 t12 ell">
            {subject.kind} {subject.id}
          </span>
          <span className="push">
            <Button small tone="quiet" icon="cross" aria-label="Close" onClick={() => setOpened(false)} />
          </span>
        </header>
        <Suspense>
          <Comments query={query} subject={subject} />
        </Suspense>
      </Dialog>
    </>
  )
}
