import {
  useCallback,
  useEffect,
  useRef,
  useState,
  type Dispatch,
  type PointerEvent,
  type RefObject,
  type SetStateAction,
} from 'react'

interface Point {
  x: number
  y: number
}

interface View {
  x: number
  y: number
  scale: number
}

const SMALLEST = 0.25
/** Fitting goes no smaller: what would not be readable is scrolled to instead. */
const SMALLEST_FIT = 0.8
const LARGEST = 2
const MARGIN = 28

/** Where a plane begins in its view: in the middle when it has room, else so that `point` is as near the middle as it can be. */
function placed(room: number, length: number, point: number): number {
  if (length + 2 * MARGIN <= room) return (room - length) / 2
  return Math.min(MARGIN, Math.max(room - MARGIN - length, room / 2 - point))
}

function clampScale(scale: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, scale))
}

/** Moves and scales a plane inside its view. A plain wheel scrolls the plane; with Ctrl it scales around the pointer. */
export function usePanZoom(view: RefObject<HTMLElement | null>, plane: { width: number; height: number }) {
  const [at, setAt] = useState<View>({ x: MARGIN, y: MARGIN, scale: 1 })
  const drag = useRef<{ x: number; y: number } | null>(null)

  const fit = useCallback(
    (around?: Point) => {
      const element = view.current
      if (element === null) return
      const scale = Math.max(
        SMALLEST_FIT,
        Math.min(
          1,
          (element.clientWidth - 2 * MARGIN) / plane.width,
          (element.clientHeight - 2 * MARGIN) / plane.height,
        ),
      )
      setAt({
        scale,
        x: placed(element.clientWidth, plane.width * scale, (around?.x ?? 0) * scale),
        y: placed(element.clientHeight, plane.height * scale, (around?.y ?? 0) * scale),
      })
    },
    [view, plane.width, plane.height],
  )

  const scaleBy = useCallback(
    (factor: number, around?: { x: number; y: number }) =>
      setAt((now) => {
        const scale = clampScale(now.scale * factor)
        const centre = around ?? { x: (view.current?.clientWidth ?? 0) / 2, y: (view.current?.clientHeight ?? 0) / 2 }
        const ratio = scale / now.scale
        return { scale, x: centre.x - (centre.x - now.x) * ratio, y: centre.y - (centre.y - now.y) * ratio }
      }),
    [view],
  )

  useWheel(view, setAt, scaleBy)
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0 || !(event.target instanceof Element) || event.target.closest('button,a') !== null) return
      drag.current = { x: event.clientX, y: event.clientY }
      event.currentTarget.setPointerCapture(event.pointerId)
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = drag.current
      if (from === null) return
      drag.current = { x: event.clientX, y: event.clientY }
      setAt((now) => ({ ...now, x: now.x + event.clientX - from.x, y: now.y + event.clientY - from.y }))
    },
    onPointerUp: () => {
      drag.current = null
    },
  }
  return { transform: `translate(${at.x}px, ${at.y}px) scale(${at.scale})`, fit, scaleBy, handlers }
}

/** React listens passively; a wheel that scales must not also scroll the page. */
function useWheel(
  view: RefObject<HTMLElement | null>,
  setAt: Dispatch<SetStateAction<View>>,
  scaleBy: (factor: number, around: { x: number; y: number }) => void,
): void {
  useEffect(() => {
    const element = view.current
    if (element === null) return undefined
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      const box = element.getBoundingClientRect()
      if (event.ctrlKey || event.metaKey)
        scaleBy(Math.exp(-event.deltaY / 240), { x: event.clientX - box.left, y: event.clientY - box.top })
      else setAt((now) => ({ ...now, x: now.x - event.deltaX, y: now.y - event.deltaY }))
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [view, setAt, scaleBy])
}
