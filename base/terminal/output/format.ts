const grouped = new Intl.NumberFormat('en-US')

/** 10482 → `10,482`. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** Four significant digits with a real minus sign: 0.65231 → `0.6523`. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (!Number.isFinite(value)) return String(value)
  const text = Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)))
  return text.replace('-', '−')
}

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ''}`
}

/** 84_300 → `1 min 24 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`
  const minutes = Math.floor(durationMs / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.round((durationMs % 60_000) / 1000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Epoch milliseconds → `2001-05-03 14:20`, in UTC. */
export function formatTime(atMs: number | null | undefined): string {
  return atMs === null || atMs === undefined ? '–' : new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')
}
