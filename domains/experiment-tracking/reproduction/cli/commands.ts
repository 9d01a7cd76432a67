import type { Command } from '@millrace/terminal'
import { diffCommand } from './diff-command.ts'
import { logsCommand } from './logs-command.ts'
import { reproduceCommand } from './reproduce-command.ts'
import { runCommand } from './run-command.ts'

/** Commands that record how runs come about, do them again, and compare them. */
export const reproductionCommands: readonly Command[] = [runCommand, reproduceCommand, diffCommand, logsCommand]
