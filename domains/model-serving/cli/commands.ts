import type { Command } from '@millrace/terminal'
import { endpointCommands } from './endpoint-commands.ts'
import { experimentCommands } from './experiment-commands.ts'
import { feedbackCommand } from './feedback-command.ts'
import { rolloutCommands } from './rollout-commands.ts'

export { askEndpoint } from './ask-endpoint.ts'

/** `millrace endpoints …`, `millrace rollouts …`, `millrace experiments …`, `millrace feedback`. */
export const commands: readonly Command[] = [
  ...endpointCommands,
  ...rolloutCommands,
  ...experimentCommands,
  feedbackCommand,
]
