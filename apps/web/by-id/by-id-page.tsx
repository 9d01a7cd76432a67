import { useLoad } from '@millrace/ui/data'
import { Loaded } from '@millrace/ui/parts'
import { useGo, type PageParams } from '@millrace/ui/shell'
import { useEffect } from 'react'
import { NotFoundPage } from '../not-found-page.tsx'
import { pageOfId } from './page-of-id.ts'

/** `/r/<id>`: any id opens its page, or where it stands in the lineage. */
export default function ByIdPage({ params }: PageParams) {
  const id = params['id'] ?? ''
  const query = useLoad({ key: ['by-id', id], load: async (api) => ({ to: await pageOfId(api, id) }) })
  return <Loaded query={query}>{({ to }) => (to === null ? <NotFoundPage /> : <Forward to={to} />)}</Loaded>
}

/** Goes on to a page in place of this one; what the address carried behind its `?` goes along. */
function Forward({ to }: { to: string }) {
  const go = useGo()
  useEffect(() => {
    const rest = location.search.slice(1)
    go.to(rest === '' ? to : `${to}${to.includes('?') ? '&' : '?'}${rest}`, { replace: true })
  }, [go, to])
  return null
}
