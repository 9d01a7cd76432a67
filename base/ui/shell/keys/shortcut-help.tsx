import { Dialog } from '../../parts/dialog.tsx'
import { useShortcutList } from './shortcuts.tsx'

/** What the keys do on this page. */
export function ShortcutHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const list = useShortcutList()
  const unique = new Map(
    opened
      ? list()
          .toReversed()
          .map((each) => [each.keys, each.says])
      : [],
  )
  return (
    <Dialog opened={opened} onClose={onClose} label="Keys on this page" width={520}>
      <h2 className="sb dialog-title">Keys on this page</h2>
      <dl className="shortcut-help">
        {[...unique].map(([keys, says]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
