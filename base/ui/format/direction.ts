const LOWER = /loss|error|err\b|brier|ece|rmse|mae|mse|perplexity|latency|seconds|duration|gap|psi|drift/i

/** Whether a smaller value of a measure is the better one, told from its name: losses, errors, distances, times. */
export function lowerIsBetter(measure: string): boolean {
  return LOWER.test(measure)
}
