import { asProblem, Problem } from '@millrace/ui/data'
import { ErrorPanel, Skeleton } from '@millrace/ui/parts'
import type { PageEntry, PageParams } from '@millrace/ui/shell'
import { useEffect, useState, type ComponentType } from 'react'

type Load = PageEntry['load']
type Standing = { load: Load; Page?: ComponentType<PageParams>; problem?: Problem }

/** Shows a page whose code arrives when it is first opened. Where it cannot arrive, what is open stays and says why. */
export function PageCode({ load, params }: { load: Load } & PageParams) {
  const [standing, setStanding] = useState<Standing>({ load })
  const current = standing.load === load ? standing : null
  useEffect(() => {
    let left = false
    load().then(
      ({ default: Loaded }) => {
        if (!left) setStanding({ load, Page: Loaded })
      },
      () => {
        if (!left) setStanding({ load, problem: missing() })
      },
    )
    return () => {
      left = true
    }
  }, [load])
  if (current?.Page !== undefined) return <current.Page params={params} />
  if (current?.problem === undefined) return <Skeleton rows={12} />
  const again = () => void openAgain().catch((thrown: unknown) => setStanding({ load, problem: asProblem(thrown) }))
  return (
    <>
      <h1 className="sr-only">Page not loaded</h1>
      <ErrorPanel problem={current.problem} onRetry={again} />
    </>
  )
}

/** Opens the address anew once the server answers; a browser does not ask twice for code that failed to arrive. */
async function openAgain(): Promise<void> {
  const answer = await fetch(location.href, { method: 'GET', cache: 'no-store' }).catch(() => null)
  if (answer?.ok !== true) throw missing()
  location.reload()
}

function missing(): Problem {
  return new Problem({
    code: 'page-not-loaded',
    status: 0,
    title: 'This page could not be loaded',
    detail: 'The server did not send it: it may be away, or was renewed. Everything on it is as it was.',
    requestId: null,
  })
}
