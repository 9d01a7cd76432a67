import { operations } from '@millrace/kernel'
import { records } from './records.ts'

export const { action, query } = operations(records)
