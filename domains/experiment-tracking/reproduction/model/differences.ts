import { z } from 'zod'
import { MetricValue } from '../../model/run.ts'

/** A field that is not the same; null is a run that does not have it. */
export const Change = z.object({ field: z.string(), run: z.string().nullable(), other: z.string().nullable() })
export type Change = z.infer<typeof Change>

export const PackageChange = z.object({
  ecosystem: z.enum(['python', 'node']),
  name: z.string(),
  run: z.string().nullable(),
  other: z.string().nullable(),
})
export type PackageChange = z.infer<typeof PackageChange>

const Figures = z.object({ last: MetricValue, min: MetricValue.nullable(), max: MetricValue.nullable() })
export type Figures = z.infer<typeof Figures>
const Gap = z.number().nullable()

/** A metric that is not the same. `difference` is the other's minus the run's; null where one of them is no finite number. */
export const MetricChange = z.object({
  key: z.string(),
  run: Figures.nullable(),
  other: Figures.nullable(),
  difference: z.object({ last: Gap, min: Gap, max: Gap }),
})
export type MetricChange = z.infer<typeof MetricChange>

const RunHead = z.object({ id: z.string(), name: z.string(), experiment: z.string(), status: z.string() })

/** What two runs do not have in common, and how much they have. */
export const Differences = z.object({
  run: RunHead,
  other: RunHead,
  code: z.array(Change),
  /** The two patches, line by line: ` ` in both, `-` only in the run's, `+` only in the other's. Empty where they are the same. */
  patch: z.object({ lines: z.array(z.string()), truncated: z.boolean() }),
  params: z.array(Change),
  data: z.array(Change),
  environment: z.array(Change),
  packages: z.array(PackageChange),
  hardware: z.array(Change),
  metrics: z.array(MetricChange),
  /** How many were compared and are the same. */
  same: z.object({ params: z.int(), packages: z.int(), metrics: z.int(), data: z.int() }),
  /** What could not be compared, in sentences. */
  unknown: z.array(z.string()),
})
export type Differences = z.infer<typeof Differences>
