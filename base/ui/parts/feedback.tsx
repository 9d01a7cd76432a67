import { Component, useEffect, useState, type ReactNode } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { asProblem, type Problem } from '../data/problem.ts'
import { Button, Segmented } from './button.tsx'
import { CodeBox } from './code-box.tsx'
import { Mark } from './mark.tsx'
import { toast } from './toast.tsx'

/** What failed, what is still true, try again, and the code to quote. */
export function ErrorPanel({
  problem,
  unharmed,
  onRetry,
}: {
  problem: Problem
  unharmed?: string
  onRetry?: () => void
}) {
  const details = [problem.code, problem.requestId].filter(Boolean).join(' · ')
  return (
    <div className="notice" role="alert">
      <h2 className="row sb">
        <Mark state="bad" size={14} />
        {problem.title}
      </h2>
      <p className="i2 t12">
        {problem.message} {unharmed}
      </p>
      <div className="row">
        {onRetry === undefined ? null : (
          <Button small icon="retry" onClick={onRetry}>
            Try again
          </Button>
        )}
        <Button
          small
          tone="quiet"
          onClick={() =>
            void navigator.clipboard.writeText(`${details}\n${problem.message}`).then(() => toast('Details copied'))
          }
        >
          Copy details
        </Button>
      </div>
      <span className="t11 i3 mono">{details}</span>
    </div>
  )
}

export interface Snippet {
  name: string
  code: string
}

/** What belongs here and the snippet that makes it. `waiting` names what appears here by itself. */
export function EmptyState({
  title,
  children,
  snippets,
  waiting,
}: {
  title: string
  children?: ReactNode
  snippets?: readonly Snippet[]
  waiting?: string
}) {
  const [chosen, choose] = useState(0)
  const snippet = snippets?.[chosen]
  return (
    <div className="notice">
      <h2 className="sb">{title}</h2>
      {children === undefined ? null : <p className="i2 t12">{children}</p>}
      {snippets === undefined || snippets.length < 2 ? null : (
        <Segmented
          small
          label="Client"
          choices={snippets.map((each, at) => [String(at), each.name] as const)}
          value={String(chosen)}
          onChange={(at) => choose(Number(at))}
        />
      )}
      {snippet === undefined ? null : <CodeBox code={snippet.code} />}
      {waiting === undefined ? null : (
        <span className="live">
          <i className="waits" />
          {waiting}
        </span>
      )}
    </div>
  )
}

/** Rows of true height while something loads: nothing for the first 150 ms. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const [shown, show] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => show(true), 150)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="skeleton" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: shown ? rows : 0 }, (_, at) => (
        <div key={at}>
          <i style={{ width: `${22 + ((at * 37) % 30)}%` }} />
          <i style={{ width: `${8 + ((at * 23) % 12)}%` }} />
        </div>
      ))}
    </div>
  )
}

/** Shows what a load brought: rows of grey at first, the old value dimmed while a new one comes, the problem when it failed. */
export function Loaded<Value>({
  query,
  rows,
  children,
}: {
  query: UseQueryResult<Value, Problem>
  rows?: number
  children: (value: Value) => ReactNode
}) {
  if (query.data !== undefined) {
    return (
      <div className={query.isPlaceholderData ? 'loaded dimmed' : 'loaded'}>
        {query.isError ? <Stale problem={query.error} /> : null}
        <Contained>{children(query.data)}</Contained>
      </div>
    )
  }
  if (query.isError) return <ErrorPanel problem={query.error} onRetry={() => void query.refetch()} />
  return <Skeleton rows={rows ?? 12} />
}

function Stale({ problem }: { problem: Problem }) {
  return (
    <p className="stale t12" role="status">
      <Mark state="warn" />
      Not up to date: {problem.message}
    </p>
  )
}

/** A part that throws shows its own error; the page around it stays. */
export class Contained extends Component<{ children: ReactNode }, { thrown: unknown }> {
  override state: { thrown: unknown } = { thrown: null }

  static getDerivedStateFromError(thrown: unknown): { thrown: unknown } {
    return { thrown }
  }

  override render(): ReactNode {
    if (this.state.thrown === null) return this.props.children
    return <ErrorPanel problem={asProblem(this.state.thrown)} onRetry={() => this.setState({ thrown: null })} />
  }
}
