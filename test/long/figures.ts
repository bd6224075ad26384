/** Figures of several rounds, as they are quoted: smallest, middle, largest. */
export function spread(values: readonly number[], digits = 0): string {
  const sorted = [...values].sort((a, b) => a - b)
  const show = (at: number) => (sorted[Math.round(at * (sorted.length - 1))] ?? Number.NaN).toFixed(digits)
  return `${show(0)} / ${show(0.5)} / ${show(1)}`
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
