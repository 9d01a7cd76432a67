import type { CommandContext } from '@millrace/terminal'
import { exitCodes, formatTime } from '@millrace/terminal'

interface DeliveryRow {
  id: string
  target: { kind: string; id: string }
  event: string
  state: string
  attempts: number
  status: number | null
  error: string | null
  createdAtMs: number
}

/** A name as a part of an address. */
export const at = (name: string) => encodeURIComponent(name)

/** Shows deliveries, newest first. */
export async function showDeliveries({ api, show }: CommandContext, query: URLSearchParams): Promise<number> {
  const { items } = await api.get<{ items: DeliveryRow[] }>(`/notification-deliveries?${query.toString()}`)
  show(items, items, [
    { title: 'When', value: (row) => formatTime(row.createdAtMs) },
    { title: 'To', value: (row) => row.target.id },
    { title: 'Event', value: (row) => row.event },
    { title: 'State', value: (row) => row.state },
    { title: 'Attempts', value: (row) => row.attempts, align: 'right' },
    { title: 'Answer', value: (row) => row.error ?? row.status },
  ])
  return exitCodes.ok
}
