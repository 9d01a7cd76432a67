import { memo, useEffect, useRef } from 'react'
import { tokenReader } from '../theme/read-token.ts'
import { useAppearance } from '../theme/theme-provider.tsx'

export interface SparklineProps {
  values: readonly (number | null)[]
  /** What it shows: "quality, 14 days". */
  name: string
  token?: string
  width?: number
  height?: number
  /** An estimate, not a measurement. */
  dashed?: boolean
}

interface Pen {
  x: (at: number) => number
  y: (value: number) => number
}

/** A trend without axes, its last point marked. */
export const Sparkline = memo(function Sparkline({
  values,
  name,
  token = '--water',
  width = 72,
  height = 18,
  dashed = false,
}: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { shown } = useAppearance()
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (element === null || context === null || context === undefined) return
    const ratio = devicePixelRatio
    element.width = width * ratio
    element.height = height * ratio
    context.scale(ratio, ratio)
    draw(context, values, penFor(values, width, height), tokenReader(element.parentElement ?? undefined)(token), dashed)
  }, [values, token, width, height, dashed, shown])
  return <canvas ref={canvas} className="spark" style={{ width, height }} role="img" aria-label={name} />
})

function penFor(values: readonly (number | null)[], width: number, height: number): Pen {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value))
  const low = Math.min(...known)
  const span = Math.max(...known) - low || 1
  return {
    x: (at) => 1.5 + (at / Math.max(1, values.length - 1)) * (width - 5),
    y: (value) => height - 2.5 - ((value - low) / span) * (height - 5),
  }
}

function draw(
  context: CanvasRenderingContext2D,
  values: readonly (number | null)[],
  pen: Pen,
  colour: string,
  dashed: boolean,
): void {
  context.strokeStyle = colour
  context.fillStyle = colour
  context.lineWidth = 1.3
  context.lineJoin = 'round'
  context.setLineDash(dashed ? [3, 2] : [])
  context.beginPath()
  let open = false
  let last: [number, number] | null = null
  for (const [at, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) {
      open = false
      continue
    }
    const point: [number, number] = [pen.x(at), pen.y(value)]
    if (open) context.lineTo(...point)
    else context.moveTo(...point)
    open = true
    last = point
  }
  context.stroke()
  if (last === null) return
  context.beginPath()
  context.arc(last[0], last[1], 1.8, 0, Math.PI * 2)
  context.fill()
}
