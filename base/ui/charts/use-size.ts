import { useLayoutEffect, useRef, useState, type RefObject } from 'react'

/** The size of an element in whole pixels, followed as it changes; 0 by 0 until it is on the page. */
export function useSize<Kind extends HTMLElement>(): [RefObject<Kind | null>, { width: number; height: number }] {
  const element = useRef<Kind>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const watched = element.current
    if (watched === null) return undefined
    const measure = () =>
      setSize((now) =>
        now.width === watched.clientWidth && now.height === watched.clientHeight
          ? now
          : { width: watched.clientWidth, height: watched.clientHeight },
      )
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(watched)
    return () => observer.disconnect()
  }, [])
  return [element, size]
}

/** The width of an element in whole pixels; 0 until it is on the page. */
export function useWidth<Kind extends HTMLElement>(): [RefObject<Kind | null>, number] {
  const [element, { width }] = useSize<Kind>()
  return [element, width]
}
