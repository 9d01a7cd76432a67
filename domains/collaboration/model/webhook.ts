import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'

export const WebhookId = id('webhook')

/** Whose words a webhook speaks: ours, or those of another system whose receivers are there already. */
export const WebhookFormatName = z.enum(['millrace', 'mlflow'])
export type WebhookFormatName = z.infer<typeof WebhookFormatName>

const WebhookUrl = z.string().min(1).max(4096)
/** An event's name (`model-registry.alias.moved`), or the start of names, ending in `*`. */
const EventName = z.string().min(1).max(128)

/** An address that hears of events. `secret` signs what is sent; it is kept sealed and never shown. */
export const WebhookSpec = z.object({
  name: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i,
      'use 1 to 63 letters, digits, ".", "_" and "-", a letter or digit at both ends',
    ),
  description: z.string().max(5000).default(''),
  url: WebhookUrl,
  events: z.array(EventName).min(1).max(100),
  format: WebhookFormatName.default('millrace'),
  active: z.boolean().default(true),
})
export type WebhookSpec = z.infer<typeof WebhookSpec>

export const Webhook = WebhookSpec.extend({
  id: WebhookId,
  /** Whether deliveries are signed. */
  signed: z.boolean(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  createdBy: z.string(),
})
export type Webhook = z.infer<typeof Webhook>

/** What came of one test: an answer, or why there was none. */
export const TestResult = z.object({
  success: z.boolean(),
  status: z.int().optional(),
  body: z.string().optional(),
  error: z.string().optional(),
})
export type TestResult = z.infer<typeof TestResult>
