import { Button } from './button.tsx'
import { toast } from './toast.tsx'

/** Code to read and copy. */
export function CodeBox({ code, label = 'Copy' }: { code: string; label?: string }) {
  const copy = () => void navigator.clipboard.writeText(code).then(() => toast('Copied'))
  return (
    <div className="codebox">
      <pre tabIndex={0}>{code}</pre>
      <Button small tone="quiet" icon="copy" aria-label={label} onClick={copy} />
    </div>
  )
}

/** An id or hash: short on the page, whole in the tooltip and the clipboard. */
export function Digest({ value, head = 4, tail = 4 }: { value: string; head?: number; tail?: number }) {
  const bare = value.replace(/^sha256:/, '')
  const short = bare.length > head + tail + 1 ? `${bare.slice(0, head)}…${tail === 0 ? '' : bare.slice(-tail)}` : bare
  return (
    <button
      type="button"
      className="digest mono"
      title={`${value}\nClick to copy`}
      onClick={() => void navigator.clipboard.writeText(value).then(() => toast('Copied'))}
    >
      {short}
    </button>
  )
}
