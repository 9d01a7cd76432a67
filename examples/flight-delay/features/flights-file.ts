import { fileURLToPath } from 'node:url'

/**
 * Path of the three million flights that the npm package vega-datasets ships (BSD-3-Clause): US flights of
 * 1 January to 30 June 2001 with columns date (timestamp), delay (minutes), distance (miles), origin, destination.
 */
export function flightsFile(): string {
  return fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')))
}
