export { lowerIsBetter } from './direction.ts'
export { bytes, compact, count, NOTHING, percent, score, signed, tick } from './number.ts'
export { ago, clock, day, dayAndClock, dayRange, duration, fullTime, shortDay, type Zone } from './time.ts'
