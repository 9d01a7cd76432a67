const coefficients = [
  57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202, 0.00003399464998481189,
  0.00004652362892704858, -0.00009837447530487956, 0.0001580887032249125, -0.00021026444172410488,
  0.00021743961811521265, -0.0001643181065367639, 0.00008441822398385275, -0.000026190838401581408,
  0.0000036899182659531625,
]

/** ln Γ(x) for x > 0. Lanczos (1964) with g = 607/128 and the fifteen coefficients of Godfrey (2001). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let series = 0.9999999999999971
  let denominator = x - 1
  for (const coefficient of coefficients) {
    denominator += 1
    series += coefficient / denominator
  }
  const shifted = x - 1 + 607 / 128 + 0.5
  return (x - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + Math.log(series)
}
