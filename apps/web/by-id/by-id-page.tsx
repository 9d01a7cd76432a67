import { href, useGo, type PageParams } from '@millrace/ui/shell'
import { useEffect } from 'react'
import { NotFoundPage } from '../not-found-page.tsx'
import { kindOfId } from './kind-of-id.ts'

/** `/r/<id>`: any id opens where it stands in the lineage; incidents and approvals have pages of their own. */
export default function ByIdPage({ params }: PageParams) {
  const go = useGo()
  const id = params['id'] ?? ''
  const kind = kindOfId(id)
  useEffect(() => {
    if (kind === null) return
    const own = { incident: 'incidents', approval: 'approvals' }[kind]
    go.to(own === undefined ? href('lineage', kind, id) : href(own, id), { replace: true })
  }, [go, id, kind])
  return kind === null ? <NotFoundPage /> : null
}
