import { useGo } from '@millrace/ui/shell'
import { Button } from '@millrace/ui/parts'

/** An address that names nothing. */
export function NotFoundPage() {
  const go = useGo()
  return (
    <div className="notice">
      <h1 className="sb">Nothing is at this address</h1>
      <p className="i2 t12">It may have been renamed or deleted. An id opens from the search: Ctrl K, then paste it.</p>
      <Button onClick={() => go.to('/')}>Home</Button>
    </div>
  )
}
